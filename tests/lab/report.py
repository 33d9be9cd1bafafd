#!/usr/bin/env python3
"""The report of a simulation in a real browser: what its page draws, and what it does when it is asked.

usage: report.py --program PATH [--keep DIR]

Runs `dhcpsim simulate … --report` and opens the page in headless chromium, from a file and without a network. Looks at the
page as the browser has it after its script ran, and at pictures of it in light and in dark. Exit status: 0 all is well, 1
something is not, 3 there is no browser (said as NOT RUN).
"""
import argparse
import html.parser
import pathlib
import shutil
import subprocess
import sys
import tempfile
import zlib

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    " --disable-component-update --disable-sync --virtual-time-budget=5000"
).split()
PLOTS = ["occupancy", "refused", "renewals", "messages", "waiting", "lines"]
HOSTILE = '<img src=x onerror=document.title="broken">&"\''
# A client of that name would end the script block and run a script of its own, were it not escaped.
SCENARIO = f"""
title = '''{HOSTILE}'''
about = '''</script><script>document.title="broken"</script>'''
duration = "2h"
[[segment]]
name = '''seg</script>{HOSTILE}'''
latency = "1ms"
[[server]]
name = '''server<b>'''
address = "10.0.0.1"
[server.config]
lease-time = "10m"
subnet = [{{ subnet = "10.0.0.0/24", ranges = "10.0.0.10-10.0.0.12" }}]
[[population]]
name = '''guest</script><svg onload=document.title="broken">'''
count = 6
offline = {{ exponential = "20m" }}
online = {{ exponential = "20m" }}
patience = "5s"
"""


class Page(html.parser.HTMLParser):
    """What is in a page: elements with their attributes, and the text of each kind."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.elements, self.open, self.texts = [], [], {}
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attributes = {key: value or "" for key, value in attrs}
        ids = [attributes.get("id")] + [one["id"] for one in self.open if one.get("id")]
        self.elements.append({**attributes, "tag": tag, "within": [one for one in ids if one]})
        if tag not in ("meta", "br", "img", "link", "input"):
            self.open.append({"tag": tag, "id": attributes.get("id")})

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag):
        while self.open:
            if self.open.pop()["tag"] == tag:
                break

    def handle_data(self, data):
        if self.open:
            self.texts.setdefault(self.open[-1]["tag"], []).append(data)
            if self.open[-1]["id"]:
                self.texts.setdefault("#" + self.open[-1]["id"], []).append(data)

    def all(self, tag, within=None, **attributes):
        return [
            one
            for one in self.elements
            if one["tag"] == tag
            and (within is None or within in one["within"])
            and all(value in one.get(key, "").split() for key, value in attributes.items())
        ]

    def text(self, tag):
        return " ".join(self.texts.get(tag, []))


class Lab:
    def __init__(self, program, folder):
        self.program, self.folder = program, folder
        self.failed = 0

    def check(self, what, holds, seen=""):
        print(f"{'ok  ' if holds else 'FAIL'} {what}{'' if holds else f': {seen}'}")
        self.failed += not holds

    def page(self, scenario, *flags):
        """The report of a scenario, as a file."""
        path = self.folder / f"{pathlib.Path(scenario).stem}.html"
        command = [self.program, "simulate", scenario, "--quiet", "--report", path, *flags]
        subprocess.run(command, check=False, stdout=subprocess.DEVNULL, timeout=300)
        return path

    def browse(self, path, *flags, fragment=""):
        with tempfile.TemporaryDirectory(prefix="dhcpsim-browser-") as profile:
            command = [BROWSER, *FLAGS, f"--user-data-dir={profile}", *flags, f"file://{path}{fragment}"]
            return subprocess.run(command, capture_output=True, text=True, timeout=120).stdout

    def dom(self, path, fragment=""):
        return Page(self.browse(path, "--dump-dom", fragment=fragment))

    def picture(self, path, width, dark):
        """The pixels of a page's top as lines of RGB."""
        shot = path.with_name(f"{path.stem}-{width}-{'dark' if dark else 'light'}.png")
        scheme = f"--blink-settings=preferredColorScheme={0 if dark else 1}"
        self.browse(path, scheme, f"--window-size={width},2600", f"--screenshot={shot}")
        return png(shot)


def png(path):
    """Width and lines of a PNG of eight bits, without whatever transparency it has."""
    octets = path.read_bytes()
    at, data, width, depth = 8, b"", 0, 3
    while at < len(octets):
        length, kind = int.from_bytes(octets[at : at + 4]), octets[at + 4 : at + 8]
        body = octets[at + 8 : at + 8 + length]
        if kind == b"IHDR":
            width, depth = int.from_bytes(body[:4]), {2: 3, 6: 4}[body[9]]
        data += body if kind == b"IDAT" else b""
        at += length + 12
    raw, stride = zlib.decompress(data), width * depth
    lines, before = [], bytearray(stride)
    for start in range(0, len(raw), stride + 1):
        line = bytearray(raw[start + 1 : start + 1 + stride])
        unfilter(raw[start], line, before, depth)
        lines.append([tuple(line[x : x + 3]) for x in range(0, stride, depth)])
        before = line
    return width, lines


def unfilter(kind, line, before, depth):
    for x in range(len(line)):
        left = line[x - depth] if x >= depth else 0
        up, corner = before[x], before[x - depth] if x >= depth else 0
        if kind == 1:
            add = left
        elif kind == 2:
            add = up
        elif kind == 3:
            add = (left + up) // 2
        elif kind == 4:
            guess = left + up - corner
            add = min((left, up, corner), key=lambda value: abs(guess - value))
        else:
            return
        line[x] = (line[x] + add) & 255


def drawn(lab):
    """Plots, network, ladders and leases are there, and the script shows the first ladder."""
    path = lab.page("power-cut")
    text = path.read_text()
    lab.check("nothing is loaded from elsewhere", "http://" not in text.replace("http://www.w3.org/2000/svg", "") and "https://" not in text)
    page = lab.dom(path)
    for plot in PLOTS:
        lab.check(f"the plot {plot} is there", len(page.all("figure", id=plot)) == 1)
        shapes = [one for tag in ("polyline", "polygon", "rect") for one in page.all(tag, within=plot)]
        lab.check(f"the plot {plot} has something in it", len(shapes) > 2, len(shapes))
    lab.check("the network is there", len(page.all("circle", within="network")) == 2)
    ladders = page.all("figure", within="ladders")
    chosen = [one["data-client"] for one in ladders if "chosen" in one["class"].split()]
    lab.check("fifty ladders are there, and one is shown", (len(ladders), len(chosen)) == (50, 1), (len(ladders), chosen))
    return path, ladders[7]["data-client"]


def asked(lab, path, client):
    """What a reader asks of the page by its address, the page does."""
    from urllib.parse import quote

    page = lab.dom(path, f"#client={quote(client)}")
    chosen = [one["data-client"] for one in page.all("figure", within="ladders") if "chosen" in one["class"].split()]
    lab.check("another client's ladder is shown when asked for", chosen == [client], chosen)
    whole = lab.dom(path).all("svg", within="occupancy", **{"class": "data"})[-1]["viewbox"]
    page = lab.dom(path, "#zoom=3600-7200&point=occupancy:5000")
    zoomed = page.all("svg", within="occupancy", **{"class": "data"})[-1]["viewbox"]
    lab.check("a stretch of time is zoomed into", float(zoomed.split()[2]) * 2.9 < float(whole.split()[2]), (whole, zoomed))
    lab.check("ticks are those of the stretch", "1\u00a0h 20\u00a0min" in page.text("text"))
    tip = page.text("#tip")
    lab.check("values are told where the reader points", "1\u00a0h 23\u00a0min" in tip and "addresses bound, mean: 1\u202f000" in tip, tip)


def seen(lab, path):
    """Light is light and dark is dark, and neither is one colour."""
    for width in (1100, 420):
        for dark in (False, True):
            found, lines = lab.picture(path, width, dark)
            ground = sum(lines[3][3])
            what = f"{width} px wide, {'dark' if dark else 'light'}"
            lab.check(f"the page has its ground: {what}", (ground < 150) if dark else (ground > 700), lines[3][3])
            colours = {colour for line in lines[::7] for colour in line[::3]}
            lab.check(f"the page has pictures: {what}", len(colours) > 40 and found == width, len(colours))


def hostile(lab):
    """Names from a scenario stay names."""
    path = lab.folder / "hostile.toml"
    path.write_text(SCENARIO)
    report = lab.page(str(path))
    page = lab.dom(report)
    lab.check("a hostile title is shown", HOSTILE in page.text("h1"), page.text("h1"))
    title = page.texts["title"][0]
    lab.check("nothing in a name runs", title == HOSTILE, title)
    lab.check("names make no elements", not page.all("img") and len(page.all("script")) == len(PLOTS) + 1, len(page.all("script")))
    lab.check("refused customers are seen", len(page.all("rect", within="refused")) > 1)


def main():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--program", required=True, type=pathlib.Path)
    arguments.add_argument("--keep", type=pathlib.Path, help="folder in which pages and pictures are left")
    given = arguments.parse_args()
    if not BROWSER:
        print("NOT RUN: report.py, because there is no chromium")
        return 3
    with tempfile.TemporaryDirectory(prefix="dhcpsim-report-") as folder:
        folder = given.keep or pathlib.Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        lab = Lab(given.program.resolve(), folder.resolve())
        path, client = drawn(lab)
        asked(lab, path, client)
        seen(lab, path)
        hostile(lab)
    print(f"{lab.failed} checks failed" if lab.failed else "all is well")
    return 1 if lab.failed else 0


if __name__ == "__main__":
    sys.exit(main())
