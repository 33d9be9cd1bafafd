//! What a server tells, as a journal has it: by names and numbers, so that a change of words is no difference.

use serde_json::{Map, Value, json};

use super::{Row, refusal};
use crate::endpoint::{Dropped, Event};
use crate::lease::Binding;

/// An event as an object; none for those that a server tells only where a log asks for them, and a client's.
#[must_use]
pub fn told(event: &Event) -> Option<Map<String, Value>> {
    let value = match event {
        Event::Dropped(Dropped { message, xid, reason }) => json!({
            "name": "dropped",
            "message": message.map(|kind| kind.0),
            "xid": xid.map(|xid| format!("{xid:08x}")),
            "reason": reason.name(),
            "text": reason.to_string(),
        }),
        Event::InUse { address, until } => {
            json!({ "name": "in-use", "address": address, "until": until.as_micros() })
        }
        Event::Offered { client, address, until } => json!({
            "name": "offered",
            "client": client.to_string(),
            "address": address,
            "until": until.as_micros(),
        }),
        Event::OfferLapsed { client, address } => {
            json!({ "name": "offer-lapsed", "client": client.to_string(), "address": address })
        }
        Event::Bound(binding) => with("bound", binding),
        Event::Released(binding) => with("released", binding),
        Event::Expired(binding) => with("expired", binding),
        Event::NotStored(binding, why) => {
            json!({ "name": "not-stored", "address": binding.address, "reason": refusal(*why) })
        }
        Event::Declined { client, address, until } => json!({
            "name": "declined",
            "client": client.to_string(),
            "address": address,
            "until": until.as_micros(),
        }),
        Event::Rested(address) => json!({ "name": "rested", "address": address }),
        Event::Refused { client, address, why } => json!({
            "name": "refused",
            "client": client.to_string(),
            "address": address,
            "reason": why.name(),
        }),
        Event::Omitted(codes) => {
            json!({ "name": "omitted", "options": codes.iter().map(|code| code.0).collect::<Vec<_>>() })
        }
        _ => return None,
    };
    match value {
        Value::Object(object) => Some(object),
        _ => None,
    }
}

fn with(name: &str, binding: &Binding) -> Value {
    let row = Row::from(binding);
    json!({
        "name": name,
        "client": binding.client.to_string(),
        "address": row.address,
        "since": row.since,
        "expires": row.expires,
    })
}
