//! Which parameters a client gets, and in which order (RFC 2131 §4.3.1).

use std::borrow::Cow;

use super::arrival::Arrival;
use super::config::{Scopes, is_own};
use super::defaults::host_requirements;
use crate::options::{
    AUTO_CONFIGURE, CLASSLESS_STATIC_ROUTE, Code, IPV6_ONLY_PREFERRED, PARAMETER_REQUEST_LIST,
    REBINDING_TIME, RENEWAL_TIME, ROUTER, STATIC_ROUTE, SUBNET_MASK,
};
use crate::packet::{OptionList, Packet};

/// Chooses parameters for one reply.
pub(super) struct Parameters<'a, 'b> {
    scopes: &'b Scopes<'a>,
    mask: Option<[u8; 4]>,
    /// Option 55.
    asked: Option<Cow<'a, [u8]>>,
    auto_configure: bool,
    /// T1 and T2 of the lease that the reply grants, in seconds.
    times: Option<(u32, u32)>,
}

impl<'a, 'b> Parameters<'a, 'b> {
    /// For the client of an arrival with an address of `subnet`.
    pub(super) fn new(
        arrival: &Arrival<'a>,
        scopes: &'b Scopes<'a>,
        subnet: Option<usize>,
    ) -> Parameters<'a, 'b> {
        Parameters::of(arrival.packet, scopes, arrival.mask(subnet).map(|(_, mask)| mask))
    }

    /// For the sender of a message.
    pub(super) fn of(
        packet: &Packet<'a>,
        scopes: &'b Scopes<'a>,
        mask: Option<[u8; 4]>,
    ) -> Parameters<'a, 'b> {
        let asked = packet.checked(&PARAMETER_REQUEST_LIST).ok().flatten();
        let auto_configure = packet.has(AUTO_CONFIGURE.code);
        Parameters { scopes, mask, asked, auto_configure, times: None }
    }

    /// With T1 and T2, for a client that asks for them.
    pub(super) fn with_times(self, times: Option<(u32, u32)>) -> Parameters<'a, 'b> {
        Parameters { times, ..self }
    }

    /// Whether the client asks for an option.
    pub(super) fn asks(&self, code: Code) -> bool {
        self.asked.as_ref().is_some_and(|asked| asked.contains(&code.0))
    }

    /// Whether the client says what it wants.
    pub(super) fn is_told(&self) -> bool {
        self.asked.is_some()
    }

    /// The configured value of an option, if the client may have it.
    pub(super) fn value(&self, code: Code) -> Option<&[u8]> {
        let routed = self.asks(CLASSLESS_STATIC_ROUTE.code)
            && self.scopes.option(CLASSLESS_STATIC_ROUTE.code).is_some();
        let withheld = match code {
            // Routes take the place of routers for a client that asks for them (RFC 3442).
            code if code == ROUTER.code || code == STATIC_ROUTE.code => routed,
            // Only for clients that ask (RFC 8925 §3.3, RFC 2563 §2.3).
            code if code == IPV6_ONLY_PREFERRED.code => !self.asks(code),
            code if code == AUTO_CONFIGURE.code => !self.auto_configure,
            code => is_own(code),
        };
        if withheld {
            return None;
        }
        let mask = self.mask.as_ref().filter(|_| code == SUBNET_MASK.code).map(|mask| &mask[..]);
        self.scopes.option(code).or(mask)
    }

    /// What the client asks for in its own order, with the defaults of the Host Requirements, then what is its own or
    /// its class's; everything if it does not ask. The subnet mask stands before the router in any case (RFC 2132
    /// §3.3).
    pub(super) fn put(&self, options: &mut OptionList) {
        let Some(asked) = &self.asked else {
            self.add(options, SUBNET_MASK.code);
            self.scopes.options().for_each(|(code, _)| self.add(options, code));
            return;
        };
        for code in asked.iter().copied().map(Code) {
            if code == ROUTER.code && self.asks(SUBNET_MASK.code) {
                self.add(options, SUBNET_MASK.code);
            }
            self.add_time(options, code);
            self.add(options, code);
            if !options.has(code)
                && let Some(value) = host_requirements(code)
            {
                options.push_octets(code, value);
            }
        }
        self.scopes.specific().for_each(|(code, _)| self.add(options, code));
    }

    fn add_time(&self, options: &mut OptionList, code: Code) {
        match (self.times, code) {
            (Some((t1, _)), code) if code == RENEWAL_TIME.code && !options.has(code) => {
                options.push(&RENEWAL_TIME, t1);
            }
            (Some((_, t2)), code) if code == REBINDING_TIME.code && !options.has(code) => {
                options.push(&REBINDING_TIME, t2);
            }
            _ => {}
        }
    }

    fn add(&self, options: &mut OptionList, code: Code) {
        if let Some(value) = self.value(code).filter(|_| !options.has(code)) {
            options.push_octets(code, value);
        }
    }
}
