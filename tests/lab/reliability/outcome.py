"""What a test is: a name, what is demanded, and rows of what was found."""

import collections

TESTS = collections.OrderedDict()


class NotRun(Exception):
    """The test can't be run here; the text says why."""


class Setting:
    """What tests are told: the program, how large, a folder, a seed."""

    def __init__(self, program, quick, folder, seed):
        self.program, self.quick, self.folder, self.seed = program, quick, folder, seed

    def size(self, full, quick):
        """How many, in full or in small."""
        return quick if self.quick else full


class Result:
    """Demands and what was found; a test fails if one demand is not met."""

    def __init__(self):
        self.rows = []

    def demand(self, what, met, found):
        """A demand, whether it is met, and the figure."""
        self.rows.append(("ok" if met else "FAILED", what, str(found)))
        return met

    def note(self, what, found):
        """A figure without a demand."""
        self.rows.append(("", what, str(found)))

    def failed(self):
        """Whether a demand is not met."""
        return any(state == "FAILED" for state, _, _ in self.rows)

    def law(self, law):
        """The lease law at the end of a test."""
        found = f"{law.grants} grants, {law.offers} offers checked"
        if law.violations:
            found = "; ".join(law.violations[:5])
        self.demand("the lease law", not law.violations, found)


def test(name, story):
    """Makes a function a test: it takes a Setting and gives a Result."""

    def register(function):
        TESTS[name] = (function, story)
        return function

    return register
