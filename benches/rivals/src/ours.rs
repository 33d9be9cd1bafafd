//! What dhcpsim does: every field and option read and folded into a number, every option built from its value.

use std::hint::black_box;
use std::net::Ipv4Addr;
use std::ops::Range;

use dhcpsim::options::shape::{Address, Octets, Text};
use dhcpsim::options::walk::{Group, Leaf, Reader, Sink};
use dhcpsim::options::{self, Code, OptionError, Shape, Value};
use dhcpsim::packet::{Flags, Message, Op, Packet};

use crate::messages::{Opt, Spec, Sub};

/// What was read of a message, in one number that no reading can be left out of.
#[derive(Default)]
struct Sum {
    sum: u64,
    code: u64,
    faults: u64,
}

impl Sum {
    fn add(&mut self, number: impl Into<u64>) {
        self.sum = self.sum.rotate_left(7) ^ self.code ^ number.into();
    }

    fn address(&mut self, address: Ipv4Addr) {
        self.add(u32::from(address));
    }

    /// Octets are handed over in place, as a receiver gets them.
    fn octets(&mut self, octets: &[u8]) {
        self.add(black_box(octets).len() as u64);
    }
}

impl Sink<'_> for Sum {
    #[inline(always)]
    fn leaf(&mut self, _: &'static str, _: Range<usize>, leaf: Leaf<'_>) {
        match leaf {
            Leaf::Flag(flag) => self.add(flag),
            Leaf::Number(number, _) => self.add(number),
            Leaf::Signed(number) => self.add(number.cast_unsigned()),
            Leaf::Seconds(number) | Leaf::Time(number) => self.add(number),
            Leaf::Address(address) => self.address(address),
            Leaf::Address6(address) => self.octets(&address.octets()),
            Leaf::Octets(octets) | Leaf::Text(octets) => self.octets(octets),
            Leaf::Code(octet) | Leaf::Bits(octet, _) => self.add(octet),
            Leaf::Name(name) => name.labels().for_each(|label| self.octets(label)),
            Leaf::Route(destination, length, router) => {
                self.address(destination);
                self.add(length);
                self.address(router);
            }
            Leaf::Location(octets, _) => self.octets(octets),
        }
    }

    fn open(&mut self, _: &'static str, _: usize, _: Group) {}

    fn close(&mut self, _: usize) {}
}

impl Reader for Sum {
    fn option(&mut self, code: Code) {
        self.code = u64::from(code.0) << 32;
    }

    fn fault(&mut self, _: OptionError) {
        self.faults += 1;
    }
}

/// Reads a message whole: each field of the header, and each option by its type, lists and sub-options to the last
/// item. `None` if an option is not what it should be.
pub fn read(octets: &[u8]) -> Option<u64> {
    let packet = Packet::parse(octets).ok()?;
    let mut sum = Sum::default();
    read_header(&packet, &mut sum);
    packet.walk(&mut sum);
    (sum.faults == 0).then_some(sum.sum)
}

/// As [`read`], by way of [`Packet::each_value`]: the values come as an enum, and those with parts are walked twice.
pub fn read_values(octets: &[u8]) -> Option<u64> {
    let packet = Packet::parse(octets).ok()?;
    let mut sum = Sum::default();
    read_header(&packet, &mut sum);
    packet.each_value(|code, value| {
        sum.option(code);
        match value {
            Ok(Value::Empty) => {}
            Ok(Value::Leaf(leaf)) => sum.leaf("", 0..0, leaf),
            Ok(Value::Parts(parts)) => parts.walk(&mut sum),
            Err(error) => sum.fault(error),
        }
    });
    (sum.faults == 0).then_some(sum.sum)
}

/// The part of reading that finds what options there are.
pub fn parse(octets: &[u8]) -> Option<Packet<'_>> {
    Packet::parse(octets).ok()
}

fn read_header(packet: &Packet<'_>, sum: &mut Sum) {
    sum.add(packet.op().0);
    sum.add(packet.htype());
    sum.add(packet.hops());
    sum.add(packet.xid());
    sum.add(packet.secs());
    sum.add(packet.flags().0);
    sum.address(packet.ciaddr());
    sum.address(packet.yiaddr());
    sum.address(packet.siaddr());
    sum.address(packet.giaddr());
    sum.octets(packet.chaddr().0);
    sum.octets(packet.sname());
    sum.octets(packet.file());
    sum.add(packet.message_type().map_or(0, |kind| kind.0));
}

/// Options of a message.
pub fn count(octets: &[u8]) -> usize {
    Packet::parse(octets).map_or(0, |packet| packet.instances().count())
}

/// Builds a message in `buffer`, each option from its value, and pads it to 300 octets. `scratch` holds the
/// sub-options while they are being put together.
pub fn build(spec: &Spec, buffer: Vec<u8>, scratch: &mut Vec<u8>) -> Vec<u8> {
    let mut message = Message::reuse(buffer, Op(spec.op));
    message
        .set_hardware(1, &spec.chaddr)
        .set_xid(spec.xid)
        .set_secs(spec.secs)
        .set_flags(Flags(spec.flags))
        .set_ciaddr(spec.ciaddr)
        .set_yiaddr(spec.yiaddr)
        .set_siaddr(spec.siaddr)
        .set_giaddr(spec.giaddr);
    spec.options.iter().for_each(|option| push(&mut message, option, scratch));
    message.end(300)
}

fn push(message: &mut Message, option: &Opt, scratch: &mut Vec<u8>) {
    match option {
        Opt::Type(kind) => message.push(&options::DHCP_MESSAGE_TYPE, *kind),
        Opt::Mask(address) => message.push(&options::SUBNET_MASK, *address),
        Opt::Router(list) => message.push(&options::ROUTER, list),
        Opt::Dns(list) => message.push(&options::DOMAIN_NAME_SERVER, list),
        Opt::HostName(text) => message.push(&options::HOST_NAME, text.as_bytes()),
        Opt::DomainName(text) => message.push(&options::DOMAIN_NAME, text.as_bytes()),
        Opt::Mtu(size) => message.push(&options::INTERFACE_MTU, *size),
        Opt::Broadcast(address) => message.push(&options::BROADCAST_ADDRESS, *address),
        Opt::Ntp(list) => message.push(&options::NTP_SERVERS, list),
        Opt::RequestedAddress(address) => message.push(&options::REQUESTED_IP_ADDRESS, *address),
        Opt::LeaseTime(seconds) => message.push(&options::IP_ADDRESS_LEASE_TIME, *seconds),
        Opt::Server(address) => message.push(&options::SERVER_IDENTIFIER, *address),
        Opt::ParameterList(codes) => message.push(&options::PARAMETER_REQUEST_LIST, codes),
        Opt::MaximumSize(size) => message.push(&options::MAXIMUM_DHCP_MESSAGE_SIZE, *size),
        Opt::Renewal(seconds) => message.push(&options::RENEWAL_TIME, *seconds),
        Opt::Rebinding(seconds) => message.push(&options::REBINDING_TIME, *seconds),
        Opt::VendorClass(text) => message.push(&options::VENDOR_CLASS_IDENTIFIER, text.as_bytes()),
        Opt::ClientId(octets) => message.push(&options::CLIENT_IDENTIFIER, octets),
        Opt::Relay(subs) => {
            scratch.clear();
            subs.iter().for_each(|sub| push_sub(scratch, sub));
            message.push(&options::RELAY_AGENT_INFORMATION, scratch)
        }
    };
}

fn push_sub(out: &mut Vec<u8>, sub: &Sub) {
    match sub {
        Sub::CircuitId(octets) => put::<Octets>(out, 1, octets),
        Sub::RemoteId(octets) => put::<Octets>(out, 2, octets),
        Sub::LinkSelection(address) => put::<Address>(out, 5, *address),
        Sub::SubscriberId(text) => put::<Text>(out, 6, text.as_bytes()),
        Sub::ServerOverride(address) => put::<Address>(out, 11, *address),
    }
}

fn put<T: Shape>(out: &mut Vec<u8>, code: u8, value: T::Set<'_>) {
    let start = out.len();
    out.extend_from_slice(&[code, 0]);
    T::put(value, out);
    out[start + 1] = u8::try_from(out.len() - start - 2).expect("a sub-option of at most 255 octets");
}
