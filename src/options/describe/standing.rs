//! What is to be said of codes that have no row.

use crate::options::Code;

/// What the code is, in sentences: the pad, the end, unassigned, or kept for private use.
#[must_use]
pub fn standing(code: Code) -> String {
    let reason = match code.0 {
        0 => return PAD.to_owned(),
        255 => return END.to_owned(),
        224..=254 => {
            return format!(
                "{} is kept for private use: a site may give it a meaning of its own (RFC 3942 §2).",
                code.0
            );
        }
        84 => "It was meant for relay agents; RFC 3679 §2.2 gave it back.",
        96 => "It was meant for the transition to IPv6; RFC 3679 §2.7 gave it back.",
        102..=107 | 111 => "It was given back before RFC 3679 (§4).",
        110 => "It was meant for IPX compatibility; RFC 3679 §2.11 gave it back.",
        115 => "It was meant for failover; RFC 3679 §2.12 gave it back.",
        126 | 127 => "It was meant for extending the codes (RFC 3679 §3.3), which was never done.",
        149 | 163..=223 => "RFC 3942 §2 freed the codes from 128 to 223; nobody has asked for this one.",
        _ => "",
    };
    format!("{} is not assigned. {reason}", code.0).trim_end().to_owned()
}

const PAD: &str = "0 is the pad: one octet without length or value. It fills the room between options, so that they \
    begin where their sender likes, and the room after the end (RFC 2132 §3.1).";

const END: &str = "255 is the end: one octet without length or value. It marks the end of the options in its area; \
    what follows it should be pads (RFC 2132 §3.2).";
