//! What the tries came to where there is no lease: what was sent when, what came, and why that was of no use.

use std::net::Ipv4Addr;
use std::time::Duration;

use dhcpsim::endpoint::Event;
use dhcpsim::options::text::Quoted;
use dhcpsim::packet::{MessageType, Packet};

use super::super::Failure;
use super::super::exit::Complaint;
use super::limit;

/// So many reasons are told; of more kinds nobody reads.
const MOST_REASONS: usize = 4;

/// What was tried and heard so far.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// What was sent when, as far as it waits for a reply.
    tries: Vec<(MessageType, Duration)>,
    /// How many messages of each type came; none for what has no type.
    came: Vec<(Option<MessageType>, u64)>,
    /// Why messages were ignored: type, name of the reason, words, how many.
    ignored: Vec<(Option<MessageType>, &'static str, String, u64)>,
    /// The last server that refused, what it said, and how many times one did.
    refused: Option<(Ipv4Addr, Vec<u8>, u64)>,
    unreachable: bool,
}

impl Outcome {
    /// A message came.
    pub(super) fn received(&mut self, payload: &[u8]) {
        let kind = Packet::parse(payload).ok().and_then(|packet| packet.message_type());
        match self.came.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, count)) => *count += 1,
            None => self.came.push((kind, 1)),
        }
    }

    /// The system says that nothing listens where it asks.
    pub(super) fn unreachable(&mut self) {
        self.unreachable = true;
    }

    /// The client tells something, so long after it began.
    pub(super) fn event(&mut self, since: Duration, event: &Event) {
        match event {
            Event::Waiting { message, .. } => self.tries.push((*message, since)),
            Event::Nak { server, message } => {
                let before = self.refused.as_ref().map_or(0, |(.., count)| *count);
                self.refused = Some((*server, message.clone(), before + 1));
            }
            Event::Dropped(dropped) => {
                let (kind, name) = (dropped.message, dropped.reason.name());
                let same =
                    |row: &&mut (Option<MessageType>, &str, String, u64)| (row.0, row.1) == (kind, name);
                match self.ignored.iter_mut().find(same) {
                    Some(row) => row.3 += 1,
                    None => self.ignored.push((kind, name, dropped.reason.to_string(), 1)),
                }
            }
            _ => {}
        }
    }

    /// What it tried until it was stopped.
    pub(super) fn so_far(&self) -> String {
        format!("stopped before a lease, {} ({})", self.counted(), self.told())
    }

    /// Why it ended, in a word for programs.
    pub(super) fn reason(&self) -> &'static str {
        match (&self.refused, self.came.is_empty()) {
            (Some(_), _) => "refused",
            (None, true) => "no-reply",
            (None, false) => "no-use",
        }
    }

    /// That a server refused.
    pub(super) fn refused(&self) -> Failure {
        Failure::Refused(Complaint::new(self.told_refusals().unwrap_or_default()))
    }

    /// That there was nothing of use in time.
    pub(super) fn too_late(&self, server: &str, time: Duration) -> Failure {
        let (found, help) = self.found();
        let tried = format!(
            "{} from {server} after {} in {} ({})",
            self.lacking(),
            self.counted(),
            limit(time),
            self.told()
        );
        let tried = if found.is_empty() { tried } else { format!("{tried}: {found}") };
        match self.told_refusals() {
            Some(refusals) => Failure::Refused(Complaint::new(format!("{refusals}; since then {tried}"))),
            None => Failure::NoReply(Complaint::new(tried).help(help)),
        }
    }

    fn told_refusals(&self) -> Option<String> {
        let (server, message, count) = self.refused.as_ref()?;
        let why = if message.is_empty() { String::new() } else { format!(": {}", Quoted(message)) };
        let times = if *count > 1 { format!(", {count} times") } else { String::new() };
        Some(format!("refused by {server} with DHCPNAK{times}{why}"))
    }

    /// What did not come.
    fn lacking(&self) -> &'static str {
        let requested = self.tries.iter().any(|(kind, _)| *kind == MessageType::REQUEST);
        let answered = self.count(MessageType::ACK) + self.count(MessageType::NAK) > 0;
        match self.tries.last() {
            _ if self.came.is_empty() && !requested => "no reply",
            Some((MessageType::INFORM, _)) => "no parameters",
            _ if requested && !answered => "no answer to DHCPREQUEST",
            _ => "no lease",
        }
    }

    /// What came and why it was of no use; and what may help.
    fn found(&self) -> (String, &'static str) {
        let mut parts: Vec<String> = Vec::new();
        let mut help = "a server that ignores a client says why: look at its output, or try -v here";
        if self.unreachable && self.came.is_empty() {
            help = "nothing listens there (ICMP port unreachable); `dhcpsim server` starts a server on 127.0.0.1:6767";
        }
        let requested = self.tries.iter().any(|(kind, _)| *kind == MessageType::REQUEST);
        let useless = |row: &&(Option<MessageType>, &str, String, u64)| row.0 == Some(MessageType::OFFER);
        let useless: u64 = self.ignored.iter().filter(useless).map(|row| row.3).sum();
        let collected = self.count(MessageType::OFFER).saturating_sub(useless);
        if collected > 0 && !requested {
            parts.push(format!("{collected} OFFER came and could be taken, the choice was still to be made"));
            help = "more --timeout, or less --collect and --request-delay";
        }
        for (kind, _, why, count) in self.ignored.iter().take(MOST_REASONS) {
            let kind = kind.map_or_else(|| "without a type".to_owned(), |kind| kind.to_string());
            parts.push(format!("{count} {kind} came and was ignored, {why}"));
        }
        if self.ignored.len() > MOST_REASONS {
            parts.push("and others".to_owned());
        }
        if !self.ignored.is_empty() && collected == 0 {
            help = "replies came and were of no use: --explain says of each why";
        }
        (parts.join("; "), help)
    }

    fn count(&self, kind: MessageType) -> u64 {
        self.came.iter().filter(|(found, _)| *found == Some(kind)).map(|(_, count)| count).sum()
    }

    /// How often what was sent last was sent: `1 try`.
    fn counted(&self) -> String {
        let last = self.tries.last().map(|(kind, _)| *kind);
        match self.tries.iter().filter(|(kind, _)| Some(*kind) == last).count() {
            1 => "1 try".to_owned(),
            tries => format!("{tries} tries"),
        }
    }

    /// `DISCOVER at 0.0, 4.3 s`.
    fn told(&self) -> String {
        let told = |kind: MessageType| {
            let of_kind = self.tries.iter().filter(|(sent, _)| *sent == kind);
            let times: Vec<String> =
                of_kind.map(|(_, at)| format!("{}.{}", at.as_secs(), at.subsec_millis() / 100)).collect();
            (!times.is_empty()).then(|| format!("{kind} at {} s", times.join(", ")))
        };
        let kinds = [MessageType::DISCOVER, MessageType::REQUEST, MessageType::INFORM];
        let parts: Vec<String> = kinds.into_iter().filter_map(told).collect();
        if parts.is_empty() { "nothing was sent".to_owned() } else { parts.join("; ") }
    }
}
