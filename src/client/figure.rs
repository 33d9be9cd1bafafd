//! Figure 5 of RFC 2131 as data: every transition with what it does, its section, and the test that drives it.
//!
//! `tests/client` records what clients do and holds it against this table, both ways; `--explain` and the figure in
//! `docs/client.md` come from it.

use core::fmt::Write;

use crate::endpoint::State::{
    Bound, Informed, Informing, Init, InitReboot, Rebinding, Rebooting, Renewing, Requesting, Selecting,
    Stopped,
};
use crate::endpoint::{Moved, State, Trigger};
use crate::options::Reference;

/// An edge of figure 5, or one beside it.
#[derive(Clone, Copy, Debug)]
pub struct Transition {
    /// The state before; none for any.
    pub from: Option<State>,
    /// What moves the client.
    pub on: Trigger,
    /// The state after.
    pub to: State,
    /// What the client does, in the figure's words where it has any.
    pub does: &'static str,
    /// The section that it rests on.
    pub reference: Reference,
    /// The test that drives it, in `tests/client`.
    pub test: &'static str,
}

macro_rules! transitions {
    ($($from:ident + $on:ident => $to:ident: $does:literal, ($rfc:literal, $section:literal), $test:literal;)+) => {
        &[$(Transition {
            from: transitions!(@from $from),
            on: Trigger::$on,
            to: $to,
            does: $does,
            reference: Reference::Rfc($rfc, $section),
            test: $test,
        },)+]
    };
    (@from Any) => { None };
    (@from $state:ident) => { Some($state) };
}

/// Every transition that a client makes, in the order of figure 5.
#[rustfmt::skip]
pub const TRANSITIONS: &[Transition] = transitions! {
    Stopped    + Start      => Init:       "begin", (2131, "4.4.1"), "acquire::it_discovers_requests_and_is_bound";
    Init       + WaitOver   => Selecting:  "send DHCPDISCOVER", (2131, "4.4.1"), "acquire::it_discovers_requests_and_is_bound";
    Selecting  + NoReply    => Selecting:  "send DHCPDISCOVER again", (2131, "4.1"), "acquire::without_an_answer_it_discovers_again_ever_more_slowly";
    Selecting  + Offer      => Selecting:  "collect replies", (2131, "4.4.1"), "acquire::the_best_of_the_offers_collected_is_taken";
    Selecting  + Select     => Requesting: "select offer, send DHCPREQUEST", (2131, "4.4.1"), "acquire::it_discovers_requests_and_is_bound";
    Selecting  + Check      => Selecting:  "ask who has the address", (4039, "3.1"), "acquire::an_address_of_a_rapid_commit_is_checked_too";
    Selecting  + Ack        => Bound:      "record lease, set timers T1, T2", (4039, "3.1"), "acquire::with_rapid_commit_two_messages_are_enough";
    Selecting  + InUse      => Init:       "send DHCPDECLINE, wait ten seconds", (2131, "3.1"), "acquire::an_address_of_a_rapid_commit_is_checked_too";
    Requesting + NoReply    => Requesting: "send DHCPREQUEST again", (2131, "4.1"), "acquire::requests_are_sent_four_times_and_then_it_begins_anew";
    Requesting + Discard    => Requesting: "discard offer", (2131, "4.4"), "acquire::replies_that_are_not_for_it_are_ignored_for_a_reason";
    Requesting + Check      => Requesting: "ask who has the address", (2131, "4.4.1"), "acquire::an_address_that_somebody_has_is_declined";
    Requesting + Ack        => Bound:      "record lease, set timers T1, T2", (2131, "4.4.1"), "acquire::it_discovers_requests_and_is_bound";
    Requesting + InUse      => Init:       "send DHCPDECLINE, wait ten seconds", (2131, "3.1"), "acquire::an_address_that_somebody_has_is_declined";
    Requesting + Nak        => Init:       "discard offer", (2131, "3.1"), "acquire::after_a_nak_it_waits_and_begins_anew";
    Requesting + GiveUp     => Init:       "begin anew", (2131, "3.1"), "acquire::requests_are_sent_four_times_and_then_it_begins_anew";
    Stopped    + Reboot     => InitReboot: "begin", (2131, "4.4.2"), "reboot::an_address_that_is_still_right_is_kept";
    InitReboot + WaitOver   => Rebooting:  "send DHCPREQUEST", (2131, "4.4.2"), "reboot::an_address_that_is_still_right_is_kept";
    Rebooting  + NoReply    => Rebooting:  "send DHCPREQUEST again", (2131, "4.1"), "reboot::without_an_answer_a_lease_that_lasts_is_used";
    Rebooting  + Check      => Rebooting:  "ask who has the address", (2131, "4.4.1"), "reboot::an_address_that_somebody_has_by_now_is_declined";
    Rebooting  + Ack        => Bound:      "record lease, set timers T1, T2", (2131, "4.4.2"), "reboot::an_address_that_is_still_right_is_kept";
    Rebooting  + InUse      => Init:       "send DHCPDECLINE, wait ten seconds", (2131, "3.2"), "reboot::an_address_that_somebody_has_by_now_is_declined";
    Rebooting  + Nak        => Init:       "restart", (2131, "3.2"), "reboot::a_nak_sends_it_to_init";
    Rebooting  + GiveUp     => Bound:      "use the lease that it knows, which still lasts", (2131, "3.2"), "reboot::without_an_answer_a_lease_that_lasts_is_used";
    Rebooting  + GiveUp     => Init:       "begin anew", (2131, "3.2"), "reboot::without_an_answer_or_a_lease_it_begins_anew";
    Bound      + Discard    => Bound:      "discard DHCPOFFER, DHCPACK, DHCPNAK", (2131, "4.4"), "acquire::replies_that_are_not_for_it_are_ignored_for_a_reason";
    Bound      + T1         => Renewing:   "send DHCPREQUEST to leasing server", (2131, "4.4.5"), "keep::it_renews_at_t1_from_its_server";
    Bound      + ForceRenew => Renewing:   "send DHCPREQUEST to leasing server", (3203, "3"), "force_renew::one_that_proves_itself_is_heeded_once";
    Bound      + Renew      => Renewing:   "send DHCPREQUEST to leasing server", (2131, "4.4.5"), "keep::it_renews_earlier_when_told_to";
    Bound      + T2         => Rebinding:  "broadcast DHCPREQUEST, having slept through T1", (2131, "4.4.5"), "keep::who_sleeps_through_t1_or_t2_does_what_is_due_then";
    Bound      + Expired    => Init:       "halt network, having slept through T1 and T2", (2131, "4.4.5"), "keep::who_sleeps_through_t1_or_t2_does_what_is_due_then";
    Bound      + Decline    => Init:       "send DHCPDECLINE, wait ten seconds", (2131, "3.1"), "keep::it_declines_when_told_to";
    Renewing   + NoReply    => Renewing:   "send DHCPREQUEST again after half of the time until T2", (2131, "4.4.5"), "keep::without_an_answer_it_asks_ever_more_often_then_everybody_then_begins_anew";
    Renewing   + Ack        => Bound:      "record lease, set timers T1, T2", (2131, "4.4.5"), "keep::it_renews_at_t1_from_its_server";
    Renewing   + Nak        => Init:       "halt network", (2131, "4.4.5"), "keep::a_nak_ends_the_lease";
    Renewing   + T2         => Rebinding:  "broadcast DHCPREQUEST", (2131, "4.4.5"), "keep::without_an_answer_it_asks_ever_more_often_then_everybody_then_begins_anew";
    Renewing   + Expired    => Init:       "halt network, having slept through T2", (2131, "4.4.5"), "keep::who_sleeps_through_t1_or_t2_does_what_is_due_then";
    Renewing   + Decline    => Init:       "send DHCPDECLINE, wait ten seconds", (2131, "3.1"), "keep::it_declines_when_told_to";
    Rebinding  + NoReply    => Rebinding:  "broadcast DHCPREQUEST again after half of the time left", (2131, "4.4.5"), "keep::without_an_answer_it_asks_ever_more_often_then_everybody_then_begins_anew";
    Rebinding  + Ack        => Bound:      "record lease, set timers T1, T2", (2131, "4.4.5"), "keep::another_server_may_extend_it_after_t2";
    Rebinding  + Nak        => Init:       "halt network", (2131, "4.4.5"), "keep::a_nak_ends_the_lease";
    Rebinding  + Expired    => Init:       "halt network", (2131, "4.4.5"), "keep::without_an_answer_it_asks_ever_more_often_then_everybody_then_begins_anew";
    Rebinding  + Decline    => Init:       "send DHCPDECLINE, wait ten seconds", (2131, "3.1"), "keep::it_declines_when_told_to";
    Bound      + Release    => Stopped:    "send DHCPRELEASE", (2131, "4.4.6"), "leave::it_gives_its_lease_back_from_each_state_that_has_one";
    Renewing   + Release    => Stopped:    "send DHCPRELEASE", (2131, "4.4.6"), "leave::it_gives_its_lease_back_from_each_state_that_has_one";
    Rebinding  + Release    => Stopped:    "send DHCPRELEASE", (2131, "4.4.6"), "leave::it_gives_its_lease_back_from_each_state_that_has_one";
    Any        + Stop       => Stopped:    "nothing; a lease is kept in mind", (2131, "3.7"), "leave::a_link_that_comes_back_makes_it_reboot";
    Stopped    + Inform     => Informing:  "send DHCPINFORM", (2131, "4.4.3"), "inform::it_asks_for_parameters_alone";
    Informing  + NoReply    => Informing:  "send DHCPINFORM again", (2131, "4.4.3"), "inform::without_an_answer_it_asks_four_times";
    Informing  + Ack        => Informed:   "take the parameters", (2131, "4.4.3"), "inform::it_asks_for_parameters_alone";
    Informing  + GiveUp     => Stopped:    "go on without", (2131, "4.4.3"), "inform::without_an_answer_it_asks_four_times";
};

impl Transition {
    /// The row that a move is.
    #[must_use]
    pub fn of(moved: Moved) -> Option<&'static Transition> {
        TRANSITIONS.iter().find(|row| row.is(moved))
    }

    /// Whether a move is this row.
    #[must_use]
    pub fn is(&self, moved: Moved) -> bool {
        self.from.is_none_or(|from| from == moved.from) && (self.on, self.to) == (moved.on, moved.to)
    }

    /// Whether figure 5 has it; the others are beside it.
    #[must_use]
    pub fn is_in_figure(&self) -> bool {
        use Trigger::{Check, Decline, ForceRenew, GiveUp, Inform, NoReply, Release, Renew, Stop};
        let told = matches!(
            self.on,
            NoReply | GiveUp | Check | ForceRenew | Renew | Decline | Release | Inform | Stop
        );
        let beside = |state| matches!(state, Stopped | Informing | Informed);
        // Rapid commit, checks after a reboot, and clients whose machine slept.
        let later = matches!(
            (self.from, self.on),
            (Some(Selecting), Trigger::Ack | Trigger::InUse)
                | (Some(Rebooting), Trigger::InUse)
                | (Some(Bound), Trigger::T2 | Trigger::Expired)
                | (Some(Renewing), Trigger::Expired)
        );
        !(told || later || beside(self.to) || self.from.is_none_or(beside))
    }
}

/// The figure as Mermaid's state diagram: what RFC 2131 draws, with the words of the table.
#[must_use]
pub fn mermaid() -> String {
    let mut text = String::from("stateDiagram-v2\n");
    for state in State::ALL.iter().filter(|state| state.name().contains('-')) {
        let _ = writeln!(text, "    state \"{state}\" as {}", id(*state));
    }
    for row in TRANSITIONS.iter().filter(|row| row.is_in_figure()) {
        let from = row.from.map_or("[*]".to_owned(), id);
        let _ = writeln!(text, "    {from} --> {}: {} / {}", id(row.to), row.on, row.does);
    }
    text
}

/// Every transition as a row of a Markdown table, with its section and its test.
#[must_use]
pub fn table() -> String {
    let mut text = String::from("| From | On | Does | To | Section | Test |\n|---|---|---|---|---|---|\n");
    for row in TRANSITIONS {
        let from = row.from.map_or("any", State::name);
        let Transition { on, does, to, reference, test, .. } = row;
        let mark = if row.is_in_figure() { "" } else { " ·" };
        let _ = writeln!(text, "| {from} | {on}{mark} | {does} | {to} | {reference} | `{test}` |");
    }
    text
}

fn id(state: State) -> String {
    state.name().replace('-', "_")
}
