//! What is asked, and the scenario that tries out an answer.

use std::net::Ipv4Addr;
use std::str::FromStr;
use std::time::Duration;

use dhcpsim::sim::formula::{Loss, engset, erlang};
use dhcpsim::sim::scenario::Scenario;

use super::{Leave, Plan, Spread};
use crate::cli::Failure;
use crate::cli::exit::Complaint;

/// The most addresses that a plan can have: what a subnet of the plan's own holds beside its server.
pub(super) const MOST: u32 = (1 << 20) - 512;

/// How many customers there are; none for any number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Customers(pub(super) Option<u32>);

impl FromStr for Customers {
    type Err = String;

    fn from_str(text: &str) -> Result<Customers, String> {
        if text == "unlimited" {
            return Ok(Customers(None));
        }
        let count = text.parse().ok().filter(|count| (1..=MOST).contains(count));
        count
            .map(|count| Customers(Some(count)))
            .ok_or_else(|| format!("expected a number from 1 to {MOST}, or `unlimited`, found `{text}`"))
    }
}

/// The share of customers that may be refused.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Wish(pub(super) f64);

impl FromStr for Wish {
    type Err = String;

    fn from_str(text: &str) -> Result<Wish, String> {
        let number = |text: &str| text.trim().parse::<f64>().ok();
        let share = match (text.split_once(" in "), text.strip_suffix('%')) {
            (Some((part, whole)), _) => number(part).zip(number(whole)).map(|(part, whole)| part / whole),
            (None, Some(percent)) => number(percent).map(|percent| percent / 100.0),
            (None, None) => number(text),
        };
        share
            .filter(|share| (1e-6..1.0).contains(share))
            .map(Wish)
            .ok_or_else(|| format!("expected 0.001, 0.1% or '1 in 1000', found `{text}`"))
    }
}

/// What is asked.
#[derive(Clone, Debug)]
pub(super) struct Question {
    pub(super) customers: Option<u32>,
    pub(super) online: u32,
    /// Time away, or between two arrivals where customers are without number.
    pub(super) between: u32,
    pub(super) spread: Spread,
    pub(super) leave: Leave,
    pub(super) wish: f64,
    pub(super) addresses: Option<u32>,
    pub(super) lease_time: Option<u32>,
    pub(super) runs: u32,
    pub(super) seed: u64,
    /// Visits in a trial.
    pub(super) visits: u32,
}

impl Question {
    pub(super) fn of(plan: &Plan) -> Result<Question, Failure> {
        let usage = |what: &str| Err(Failure::Usage(Complaint::new(what)));
        let between = match (plan.customers.0, plan.offline, plan.apart) {
            (Some(_), Some(offline), _) => offline,
            (None, _, Some(apart)) => apart,
            (Some(_), None, _) => return usage("--apart is for `--customers unlimited`: expected --offline"),
            (None, _, None) => {
                return usage("unlimited customers come once: expected --apart, not --offline");
            }
        };
        let enough = (1..).find(|visits| f64::from(*visits) * plan.refuse_below.0 >= 20.0).unwrap_or(1);
        Ok(Question {
            customers: plan.customers.0,
            online: plan.online,
            between,
            spread: plan.spread,
            leave: plan.leave,
            wish: plan.refuse_below.0,
            addresses: plan.addresses,
            lease_time: plan.lease_time,
            runs: plan.runs,
            seed: plan.seed,
            visits: plan.visits.unwrap_or_else(|| enough.clamp(4_000, 400_000)),
        })
    }

    /// What the closed formula says of so many addresses if customers give theirs back.
    pub(super) fn formula(&self, addresses: u32) -> Loss {
        let load = f64::from(self.online) / f64::from(self.between);
        match self.customers {
            Some(count) => engset(count.into(), addresses.into(), load),
            None => erlang(addresses.into(), load),
        }
    }

    /// Whose formula that is.
    pub(super) fn formula_name(&self) -> &'static str {
        if self.customers.is_some() { "Engset" } else { "Erlang B" }
    }

    /// The fewest addresses that meet the wish by the formula; none if no number does.
    pub(super) fn by_formula(&self) -> Option<u32> {
        self.fewest(|addresses| self.formula(addresses).refused)
    }

    /// Where the search for the fewest addresses begins.
    pub(super) fn guess(&self, lease_time: u32) -> u32 {
        let most = self.customers.unwrap_or(MOST).min(MOST);
        self.fewest(|addresses| self.roughly(addresses, lease_time)).unwrap_or(most).clamp(1, most)
    }

    /// About what is refused. A silent customer's address stays bound for the rest of its lease, which is between all and
    /// half of it: as if the customer stayed longer and came back sooner.
    pub(super) fn roughly(&self, addresses: u32, lease_time: u32) -> f64 {
        let rest = if self.leave == Leave::Silent { 0.75 * f64::from(lease_time) } else { 0.0 };
        let (online, between) = (f64::from(self.online) + rest, f64::from(self.between));
        match self.customers {
            Some(count) => {
                engset(count.into(), addresses.into(), online / (between - rest).max(between / 50.0))
            }
            None => erlang(addresses.into(), online / between),
        }
        .refused
    }

    fn fewest(&self, refused: impl Fn(u32) -> f64) -> Option<u32> {
        let meets = |addresses: u32| refused(addresses) < self.wish;
        let mut most = 1_u32;
        while most < MOST && !meets(most) {
            most = most.saturating_mul(2).min(MOST);
        }
        meets(most).then(|| super::search::bisect(most / 2, most, 1, meets))
    }

    /// A network in which an answer is tried: long enough for all visits, after it has come to its everyday state. Messages
    /// take no time there, and patience next to none: the formulas know no waiting.
    pub(super) fn scenario(&self, addresses: u32, lease_time: u32) -> Result<Scenario, Failure> {
        let first = Ipv4Addr::new(10, 0, 1, 0);
        let last = Ipv4Addr::from_bits(first.to_bits() + addresses.saturating_sub(1));
        let times = |seconds: u32| match self.spread {
            Spread::Exponential => format!("{{ exponential = {seconds} }}"),
            Spread::Fixed => format!("{{ fixed = {seconds} }}"),
        };
        let count = match self.customers {
            Some(count) => format!("count = {count}\noffline = {}{}", times(self.between), self.start()),
            None => {
                format!(
                    "count = \"unlimited\"\narrivals = {{ apart = {{ exponential = {} }} }}",
                    self.between
                )
            }
        };
        let (warm_up, duration) = self.times(lease_time);
        let text = format!(
            "title = \"plan\"\nduration = {duration}\nmeasure-from = {warm_up}\nsample-every = {duration}\n\
             [[segment]]\nname = \"access\"\n\
             [[server]]\nname = \"server\"\naddress = \"10.0.0.1\"\n\
             [server.config]\nlease-time = {lease_time}\n\
             subnet = [{{ subnet = \"10.0.0.0/12\", ranges = \"{first}-{last}\" }}]\n\
             [[population]]\nname = \"customer\"\nonline = {}\nleave = \"{}\"\npatience = \"1ms\"\n{count}\n",
            times(self.online),
            if self.leave == Leave::Silent { "silent" } else { "release" },
        );
        let nothing = |_: &str| Err(Vec::new());
        Scenario::read("the plan's scenario", &text, &[], &nothing).map_err(Failure::Configuration)
    }

    /// When customers come first: after a time away, but where all such times are the same they would stay in step for
    /// ever, so they begin anywhere on their way round.
    fn start(&self) -> String {
        match self.spread {
            Spread::Exponential => String::new(),
            Spread::Fixed => {
                let round = u64::from(self.online) + u64::from(self.between);
                format!("\narrivals = {{ within = {round} }}")
            }
        }
    }

    /// When counting begins and when a run ends, in seconds.
    fn times(&self, lease_time: u32) -> (u64, u64) {
        // Silent customers leave leases behind: those of the beginning have to end first.
        let lease = if self.leave == Leave::Silent { u64::from(lease_time) } else { 0 };
        let cycle = match self.customers {
            Some(_) => u64::from(self.online) + u64::from(self.between),
            None => u64::from(self.online),
        };
        let warm_up = 2 * cycle + lease;
        let visits = u64::from(self.visits.div_ceil(self.runs));
        let counted = match self.customers {
            Some(count) => (visits * cycle).div_ceil(count.into()),
            None => visits * u64::from(self.between),
        };
        (warm_up, warm_up + counted.max(cycle))
    }

    /// How long the counted part of a run is.
    pub(super) fn counted(&self, lease_time: u32) -> Duration {
        let (from, to) = self.times(lease_time);
        Duration::from_secs(to - from)
    }

    /// The greatest number of addresses that can be of use.
    pub(super) fn most(&self) -> u32 {
        self.customers.unwrap_or(MOST).min(MOST)
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn wishes_are_shares_percents_or_so_many_in_so_many() {
        for (text, want) in [("0.001", 0.001), ("0.1%", 0.001), ("1 in 1000", 0.001), ("2 in 100", 0.02)] {
            assert!((text.parse::<Wish>().unwrap().0 - want).abs() < 1e-12, "{text}");
        }
        for text in ["", "0", "2", "1 in 0", "150%", "few", "nan", "-0.1"] {
            assert!(text.parse::<Wish>().is_err(), "{text}");
        }
    }

    #[test]
    fn customers_whose_times_are_fixed_do_not_come_in_step() {
        let question = Question {
            customers: Some(40),
            online: 3600,
            between: 10_800,
            spread: Spread::Fixed,
            leave: Leave::Release,
            wish: 0.01,
            addresses: None,
            lease_time: None,
            runs: 1,
            seed: 1,
            visits: 4000,
        };
        let Ok(scenario) = question.scenario(18, 3600) else { panic!("the scenario is right") };
        let mut world = scenario.build(1);
        assert!(world.run(scenario.end(), u64::MAX));
        // Engset's formula, which does not depend on how times are spread, says 0.2 %.
        let measures = world.measures();
        assert!(measures.served > 3000 && measures.refused * 50 < measures.served, "{}", measures.refused);
    }

    #[test]
    fn the_formula_names_the_fewest_addresses() {
        let question = Question {
            customers: Some(40),
            online: 3600,
            between: 10_800,
            spread: Spread::Exponential,
            leave: Leave::Release,
            wish: 0.01,
            addresses: None,
            lease_time: None,
            runs: 2,
            seed: 1,
            visits: 1000,
        };
        let found = question.by_formula().unwrap();
        assert!(question.formula(found).refused < 0.01 && question.formula(found - 1).refused >= 0.01);
        let erlang = Question { customers: None, between: 360, ..question };
        assert_eq!(Some(18), erlang.by_formula(), "Erlang B at 10 erlang: 1.29 % of 17, 0.71 % of 18");
    }
}
