//! The states of a client, what moves it from one to another, and that it was moved (RFC 2131 figure 5).

use core::fmt;

/// A client's state (RFC 2131 figure 5, and three beyond it). Shown as `INIT-REBOOT`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// Has no address and has not asked.
    Init,
    /// Has asked for offers.
    Selecting,
    /// Has asked for the address that was offered.
    Requesting,
    /// Knows an address from earlier and has not asked whether it is still right.
    InitReboot,
    /// Has asked whether the address that it knows is still right.
    Rebooting,
    /// Has an address.
    Bound,
    /// Asks its server for more time.
    Renewing,
    /// Asks all servers for more time.
    Rebinding,
    /// Has an address from elsewhere, and asks for parameters alone (§4.4.3).
    Informing,
    /// Has the parameters that it asked for.
    Informed,
    /// Has not begun, has given its address back, or ended.
    Stopped,
}

impl State {
    /// All of them, in the order of figure 5.
    pub const ALL: [State; 11] = [
        State::Init,
        State::Selecting,
        State::Requesting,
        State::InitReboot,
        State::Rebooting,
        State::Bound,
        State::Renewing,
        State::Rebinding,
        State::Informing,
        State::Informed,
        State::Stopped,
    ];

    /// Its name, as figure 5 has it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            State::Init => "INIT",
            State::Selecting => "SELECTING",
            State::Requesting => "REQUESTING",
            State::InitReboot => "INIT-REBOOT",
            State::Rebooting => "REBOOTING",
            State::Bound => "BOUND",
            State::Renewing => "RENEWING",
            State::Rebinding => "REBINDING",
            State::Informing => "INFORMING",
            State::Informed => "INFORMED",
            State::Stopped => "STOPPED",
        }
    }

    /// Whether a client in this state may use its address.
    #[must_use]
    pub const fn has_address(self) -> bool {
        matches!(self, State::Bound | State::Renewing | State::Rebinding)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What moves a client. Shown in words: `T1 expires`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Trigger {
    /// It is told to begin, and knows no address.
    Start,
    /// It is told to begin, and knows an address.
    Reboot,
    /// It is told to ask for parameters alone.
    Inform,
    /// The wait before its first message is over.
    WaitOver,
    /// Nobody has answered in time.
    NoReply,
    /// Nobody has answered the last of several messages.
    GiveUp,
    /// A DHCPOFFER that can be taken.
    Offer,
    /// The time to collect offers is over.
    Select,
    /// A DHCPACK whose address is asked for first.
    Check,
    /// A DHCPACK that is accepted.
    Ack,
    /// Somebody else has the address.
    InUse,
    /// A DHCPNAK.
    Nak,
    /// A message that the state has no use for.
    Discard,
    /// T1 has come.
    T1,
    /// T2 has come.
    T2,
    /// The lease has ended.
    Expired,
    /// A DHCPFORCERENEW that may be heeded.
    ForceRenew,
    /// It is told to renew.
    Renew,
    /// It is told that it can't use its address.
    Decline,
    /// It is told to give its address back.
    Release,
    /// It is told to stop, or its link is down.
    Stop,
}

impl Trigger {
    /// Its name in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Trigger::Start => "start",
            Trigger::Reboot => "reboot",
            Trigger::Inform => "inform",
            Trigger::WaitOver => "wait-over",
            Trigger::NoReply => "no-reply",
            Trigger::GiveUp => "give-up",
            Trigger::Offer => "offer",
            Trigger::Select => "select",
            Trigger::Check => "check",
            Trigger::Ack => "ack",
            Trigger::InUse => "in-use",
            Trigger::Nak => "nak",
            Trigger::Discard => "discard",
            Trigger::T1 => "t1",
            Trigger::T2 => "t2",
            Trigger::Expired => "expired",
            Trigger::ForceRenew => "force-renew",
            Trigger::Renew => "renew",
            Trigger::Decline => "decline",
            Trigger::Release => "release",
            Trigger::Stop => "stop",
        }
    }
}

impl fmt::Display for Trigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Trigger::Start => "told to begin",
            Trigger::Reboot => "told to begin, knows an address",
            Trigger::Inform => "told to ask for parameters",
            Trigger::WaitOver => "-",
            Trigger::NoReply => "no reply",
            Trigger::GiveUp => "no reply to the last",
            Trigger::Offer => "DHCPOFFER",
            Trigger::Select => "offers collected",
            Trigger::Check => "DHCPACK to be checked",
            Trigger::Ack => "DHCPACK",
            Trigger::InUse => "DHCPACK (not accept.)",
            Trigger::Nak => "DHCPNAK",
            Trigger::Discard => "of no use",
            Trigger::T1 => "T1 expires",
            Trigger::T2 => "T2 expires",
            Trigger::Expired => "lease expired",
            Trigger::ForceRenew => "DHCPFORCERENEW",
            Trigger::Renew => "told to renew",
            Trigger::Decline => "told to decline",
            Trigger::Release => "told to release",
            Trigger::Stop => "told to stop, link down",
        })
    }
}

/// That something moved a client, perhaps into the state that it was in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moved {
    /// The state before.
    pub from: State,
    /// What moved it.
    pub on: Trigger,
    /// The state after.
    pub to: State,
}
