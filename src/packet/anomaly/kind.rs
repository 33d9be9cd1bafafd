//! The kinds of anomalies: how grave, which section, in which words.

use core::fmt;

use crate::options::Reference::{self, Rfc};
use crate::options::{Code, Why};
use crate::packet::header::MessageType;
use crate::packet::view::Area;

/// How grave an anomaly is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing, and allowed.
    Note,
    /// Allowed or discouraged, and likely to be a mistake.
    Warning,
    /// Forbidden, or can't be read.
    Fault,
}

impl Severity {
    /// `note`, `warning` or `fault`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Fault => "fault",
        }
    }
}

/// What an anomaly is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A field of the header, by its name.
    Field(&'static str),
    /// An option.
    Option(Code),
    /// An area of options.
    Area(Area),
    /// The message as a whole.
    Message,
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Subject::Field(name) => f.pad(name),
            Subject::Option(code) => match code.row() {
                Some(row) => write!(f, "option {} ({})", code.0, row.name),
                None => write!(f, "option {}", code.0),
            },
            Subject::Area(area) => write!(f, "the {} area", area.name()),
            Subject::Message => f.pad("the message"),
        }
    }
}

/// Something odd or wrong. Shown as `op is 77, expected 1 or 2`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Anomaly {
    /// What it is.
    pub kind: Kind,
    /// What it is about.
    pub subject: Subject,
    /// Octets from the start of the message to the place to look at.
    pub offset: usize,
    /// Octets there that it concerns; 0 where something is missing.
    pub length: usize,
}

/// A kind of anomaly, with the numbers that it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// Field op is neither 1 nor 2.
    UnknownOp(u8),
    /// The message type goes the other way than op says.
    WrongDirection(MessageType),
    /// hlen says more octets than chaddr has.
    HlenTooLong(u8),
    /// hlen does not go with htype.
    HlenMismatch {
        /// Field htype.
        htype: u8,
        /// Field hlen.
        hlen: u8,
        /// Octets that addresses of that type have.
        expected: u8,
    },
    /// Octets of chaddr after the address are not zero.
    ChaddrNotZeroFilled,
    /// More relay agents than a message may pass.
    HopsTooMany(u8),
    /// Bits of flags that must be zero are not.
    ReservedFlags(u16),
    /// A field that must be zero in this message is not.
    FieldNotZero(MessageType),
    /// A field that must be set in this message is zero.
    FieldZero(MessageType),
    /// A text field without a zero octet.
    NotTerminated,
    /// No magic cookie, so no options.
    NoCookie,
    /// A cookie and no message type: plain BOOTP.
    PlainBootp,
    /// Options that only DHCP has, and no message type.
    MessageTypeMissing,
    /// More than one message type.
    MessageTypeRepeated,
    /// Fewer than 300 octets.
    Short(usize),
    /// The capture has cut so many octets off the message.
    CutByCapture(usize),
    /// An option whose length octet reaches past the end of its area.
    Overrun {
        /// What the length octet says.
        claimed: u8,
        /// Octets that are there.
        left: usize,
    },
    /// An option code that is the last octet of its area.
    LengthMissing,
    /// An area without an end option.
    EndMissing,
    /// Octets other than zero after the end option.
    AfterEnd,
    /// Pad octets before the end option.
    PadInside,
    /// A value that does not have its option's shape.
    Value(Why),
    /// An option that stands more than once, whole each time.
    Repeated(usize),
    /// An option that is split.
    Split(usize),
    /// Option 52 where it can't be obeyed: in file or sname.
    OverloadInside(Area),
    /// Routers stand before the subnet mask.
    RouterBeforeMask,
    /// A lease time of nothing.
    ZeroLease,
    /// T1, T2 and the lease time are not in this order.
    TimersOutOfOrder {
        /// The earlier timer, in seconds.
        earlier: u32,
        /// The one that must be later, in seconds.
        later: u32,
    },
    /// An option that must not stand in this message.
    Forbidden(MessageType),
    /// An option that should not stand in this message.
    Discouraged(MessageType),
    /// An option that must stand in this message.
    Missing(MessageType),
    /// siaddr and option 54 name two servers.
    TwoServers,
    /// Options stand after option 82.
    RelayNotLast,
    /// A subnet mask with a hole.
    MaskWithHole,
    /// Text that ends with a zero octet.
    TrailingZero,
    /// A static route to 0.0.0.0.
    DefaultStaticRoute,
    /// Octets of a route's destination beyond its prefix are not zero.
    RouteBeyondPrefix,
}

impl Kind {
    /// A short name for programs, in lower case with hyphens.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Kind::UnknownOp(_) => "unknown-op",
            Kind::WrongDirection(_) => "wrong-direction",
            Kind::HlenTooLong(_) => "hlen-too-long",
            Kind::HlenMismatch { .. } => "hlen-mismatch",
            Kind::ChaddrNotZeroFilled => "chaddr-not-zero-filled",
            Kind::HopsTooMany(_) => "hops-too-many",
            Kind::ReservedFlags(_) => "reserved-flags",
            Kind::FieldNotZero(_) => "field-not-zero",
            Kind::FieldZero(_) => "field-zero",
            Kind::NotTerminated => "not-terminated",
            Kind::NoCookie => "no-cookie",
            Kind::PlainBootp => "plain-bootp",
            Kind::MessageTypeMissing => "message-type-missing",
            Kind::MessageTypeRepeated => "message-type-repeated",
            Kind::Short(_) => "short",
            Kind::CutByCapture(_) => "cut-by-capture",
            Kind::Overrun { .. } => "option-overrun",
            Kind::LengthMissing => "length-missing",
            Kind::EndMissing => "end-missing",
            Kind::AfterEnd => "after-end",
            Kind::PadInside => "pad-inside",
            Kind::Value(_) => "malformed-value",
            Kind::Repeated(_) => "repeated-option",
            Kind::Split(_) => "split-option",
            Kind::OverloadInside(_) => "overload-inside",
            Kind::RouterBeforeMask => "router-before-mask",
            Kind::ZeroLease => "zero-lease",
            Kind::TimersOutOfOrder { .. } => "timers-out-of-order",
            Kind::Forbidden(_) => "forbidden-option",
            Kind::Discouraged(_) => "discouraged-option",
            Kind::Missing(_) => "missing-option",
            Kind::TwoServers => "two-servers",
            Kind::RelayNotLast => "relay-not-last",
            Kind::MaskWithHole => "mask-with-hole",
            Kind::TrailingZero => "trailing-zero",
            Kind::DefaultStaticRoute => "default-static-route",
            Kind::RouteBeyondPrefix => "route-beyond-prefix",
        }
    }

    /// How grave it is.
    #[must_use]
    pub const fn severity(self) -> Severity {
        match self {
            Kind::NoCookie
            | Kind::PlainBootp
            | Kind::Short(_)
            | Kind::PadInside
            | Kind::Split(_)
            | Kind::TwoServers => Severity::Note,
            Kind::ChaddrNotZeroFilled
            | Kind::HopsTooMany(_)
            | Kind::AfterEnd
            | Kind::Repeated(_)
            | Kind::Discouraged(_)
            | Kind::RelayNotLast
            | Kind::MaskWithHole
            | Kind::TrailingZero
            | Kind::RouteBeyondPrefix => Severity::Warning,
            _ => Severity::Fault,
        }
    }

    /// The section that says how it should be.
    #[must_use]
    pub const fn reference(self) -> Reference {
        match self {
            Kind::UnknownOp(_) | Kind::HlenTooLong(_) | Kind::HlenMismatch { .. } => Rfc(2131, "2"),
            Kind::ChaddrNotZeroFilled | Kind::ReservedFlags(_) | Kind::NotTerminated => Rfc(2131, "2"),
            Kind::HopsTooMany(_) => Rfc(1542, "4.1.1"),
            Kind::WrongDirection(MessageType(kind))
            | Kind::FieldNotZero(MessageType(kind))
            | Kind::FieldZero(MessageType(kind))
            | Kind::Forbidden(MessageType(kind))
            | Kind::Discouraged(MessageType(kind))
            | Kind::Missing(MessageType(kind)) => match kind {
                2 | 5 | 6 => Rfc(2131, "4.3.1, table 3"),
                1 | 3 | 4 | 7 | 8 => Rfc(2131, "4.4.1, table 5"),
                9 => Rfc(3203, "2"),
                10..=13 => Rfc(4388, "6"),
                _ => Rfc(6926, "6"),
            },
            Kind::NoCookie | Kind::MessageTypeMissing => Rfc(2131, "3"),
            Kind::PlainBootp => Rfc(1534, "2"),
            Kind::MessageTypeRepeated => Rfc(2132, "9.6"),
            Kind::Short(_) => Rfc(1542, "2.1"),
            Kind::CutByCapture(_) => Rfc(2131, "2"),
            Kind::Overrun { .. } | Kind::LengthMissing | Kind::TrailingZero => Rfc(2132, "2"),
            Kind::EndMissing => Rfc(2131, "4.1"),
            Kind::AfterEnd => Rfc(2132, "3.2"),
            Kind::PadInside => Rfc(2132, "3.1"),
            // The option's own row says more: see `Anomaly::reference`.
            Kind::Value(_) => Rfc(2132, "2"),
            Kind::Repeated(_) | Kind::Split(_) => Rfc(3396, "7"),
            Kind::OverloadInside(_) => Rfc(2131, "4.1"),
            Kind::RouterBeforeMask | Kind::MaskWithHole => Rfc(2132, "3.3"),
            Kind::ZeroLease => Rfc(2131, "3.3"),
            Kind::TimersOutOfOrder { .. } => Rfc(2131, "4.4.5"),
            Kind::TwoServers => Rfc(2131, "4.3.1"),
            Kind::RelayNotLast => Rfc(3046, "2.1"),
            Kind::DefaultStaticRoute => Rfc(2132, "5.8"),
            Kind::RouteBeyondPrefix => Rfc(3442, ""),
        }
    }

    /// Whether it is about something that is nowhere, so that no octet can be pointed at.
    #[must_use]
    pub const fn is_absence(self) -> bool {
        matches!(self, Kind::Missing(_) | Kind::Short(_) | Kind::PlainBootp)
    }

    /// What to do about it, or why it matters.
    #[must_use]
    pub const fn advice(self) -> &'static str {
        match self {
            Kind::UnknownOp(_) => "receivers drop it; is this a BOOTP message at all?",
            Kind::WrongDirection(_) => "clients send op 1, servers op 2",
            Kind::HlenTooLong(_) => "only 16 octets are read; longer addresses go into option 61",
            Kind::HlenMismatch { .. } => "a receiver may take the address for another one",
            Kind::ChaddrNotZeroFilled => "a receiver that compares all 16 octets sees another client",
            Kind::HopsTooMany(_) => "a relay agent drops it; does it go round in a loop?",
            Kind::ReservedFlags(_) => "they are kept for later and must be zero",
            Kind::FieldNotZero(_) => "a receiver may take the field at its word",
            Kind::FieldZero(_) => "a receiver drops the message or takes another meaning",
            Kind::NotTerminated => "a receiver may read past the field",
            Kind::NoCookie => "BOOTP as it was before RFC 1048: the vendor area is its maker's own",
            Kind::PlainBootp => "a BOOTP client or server: addresses are assigned for good",
            Kind::MessageTypeMissing => "a DHCP receiver takes it for BOOTP or drops it",
            Kind::MessageTypeRepeated => "joined they are no message type (RFC 3396 7)",
            Kind::CutByCapture(_) => "what follows can't be read; tcpdump -s0 takes whole packets",
            Kind::Short(_) => "old relays and BOOTP receivers drop messages below 300 octets",
            Kind::Overrun { .. } => "was the capture cut? tcpdump -s0 takes whole packets",
            Kind::LengthMissing => "every option but pad and end has a length octet",
            Kind::EndMissing => "the last option of each area must be end",
            Kind::AfterEnd => "what follows the end option should be zeros",
            Kind::PadInside => "allowed, to align options",
            Kind::Value(_) => "its octets are kept; `dhcpsim options` shows the layout",
            Kind::Repeated(_) => "receivers join the values; was one of them meant?",
            Kind::Split(_) => "the parts are joined in the order options, file, sname",
            Kind::OverloadInside(_) => "only the options area says which fields hold options",
            Kind::RouterBeforeMask => "the subnet mask must come first",
            Kind::ZeroLease => "the client would have to stop at once",
            Kind::TimersOutOfOrder { .. } => "T1 must be earlier than T2, T2 earlier than the end",
            Kind::Forbidden(_) => "leave the option out",
            Kind::Discouraged(_) => "better leave the option out",
            Kind::Missing(_) => "receivers drop the message",
            Kind::TwoServers => "siaddr is the next boot server, 54 the DHCP server: they may differ",
            Kind::RelayNotLast => "relay agents add and look for it at the end",
            Kind::MaskWithHole => "no prefix length stands for it",
            Kind::TrailingZero => "senders should leave it out, receivers must bear it",
            Kind::DefaultStaticRoute => "use option 3 or 121 for a default route",
            Kind::RouteBeyondPrefix => "receivers cut the destination to its prefix",
        }
    }
}

impl Anomaly {
    /// The section that says how it should be; of a malformed value, where the option is defined.
    #[must_use]
    pub fn reference(&self) -> Reference {
        match (self.kind, self.subject) {
            (Kind::Value(_), Subject::Option(code)) => {
                code.row().map_or(self.kind.reference(), |row| row.reference)
            }
            _ => self.kind.reference(),
        }
    }
}

impl fmt::Display for Anomaly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let subject = self.subject;
        match self.kind {
            Kind::UnknownOp(op) => write!(f, "op is {op}, expected 1 or 2"),
            Kind::WrongDirection(kind) => write!(f, "op does not go with {}", kind.with_article()),
            Kind::HlenTooLong(hlen) => write!(f, "hlen is {hlen}, expected 0 to 16"),
            Kind::HlenMismatch { htype, hlen, expected } => {
                write!(f, "hlen is {hlen}, expected {expected} for htype {htype}")
            }
            Kind::ChaddrNotZeroFilled => f.write_str("chaddr is not zero after the address"),
            Kind::HopsTooMany(hops) => write!(f, "hops is {hops}, expected at most 16"),
            Kind::ReservedFlags(bits) => write!(f, "reserved bits {bits:#06x} of flags are set, expected 0"),
            Kind::FieldNotZero(kind) => write!(f, "{subject} is set in {}, expected 0", kind.with_article()),
            Kind::FieldZero(kind) => {
                write!(f, "{subject} is 0 in {}, expected an address", kind.with_article())
            }
            Kind::NotTerminated => write!(f, "{subject} is not ended by a zero octet"),
            Kind::NoCookie => f.write_str("no magic cookie after the header"),
            Kind::PlainBootp => f.write_str("no message type: plain BOOTP"),
            Kind::MessageTypeMissing => f.write_str("DHCP options without a message type (option 53)"),
            Kind::MessageTypeRepeated => f.write_str("more than one message type (option 53)"),
            Kind::CutByCapture(missing) => write!(f, "the capture has cut {missing} octets off the message"),
            Kind::Short(found) => write!(f, "{found} octets, expected at least 300"),
            Kind::Overrun { claimed, left } => {
                write!(f, "{subject} is cut short: its length says {claimed}, found {left}")
            }
            Kind::LengthMissing => write!(f, "a last option code in {subject} has no length octet"),
            Kind::EndMissing => write!(f, "{subject} has no end option"),
            Kind::AfterEnd => write!(f, "octets after the end option of {subject} are not zero"),
            Kind::PadInside => write!(f, "pad octets between the options of {subject}"),
            Kind::Value(why) => write!(f, "{subject}: {why}"),
            Kind::Repeated(times) => write!(f, "{subject} stands {times} times"),
            Kind::Split(parts) => write!(f, "{subject} is split into {parts} parts"),
            Kind::OverloadInside(area) => write!(f, "{subject} stands in {area}, where nothing heeds it"),
            Kind::RouterBeforeMask => f.write_str("routers (3) stand before the subnet mask (1)"),
            Kind::ZeroLease => f.write_str("the lease time is 0"),
            Kind::TimersOutOfOrder { earlier, later } => {
                write!(f, "{subject} is {earlier} s, expected less than {later} s")
            }
            Kind::Forbidden(kind) => write!(f, "{subject} must not stand in {}", kind.with_article()),
            Kind::Discouraged(kind) => write!(f, "{subject} should not stand in {}", kind.with_article()),
            Kind::Missing(kind) => write!(f, "{subject} is missing in {}", kind.with_article()),
            Kind::TwoServers => f.write_str("siaddr and option 54 name different servers"),
            Kind::RelayNotLast => write!(f, "{subject} is not the last option"),
            Kind::MaskWithHole => write!(f, "{subject} has a zero before a one"),
            Kind::TrailingZero => write!(f, "{subject} ends with a zero octet"),
            Kind::DefaultStaticRoute => write!(f, "{subject} has 0.0.0.0 as a destination"),
            Kind::RouteBeyondPrefix => write!(f, "{subject} has a destination longer than its prefix"),
        }
    }
}
