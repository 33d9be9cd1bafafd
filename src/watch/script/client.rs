//! What a client's script is told, in the variables of udhcpc. Every value has a fixed alphabet: addresses and numbers
//! are written anew, names obey RFC 1123, paths have letters, digits and `._/-`; whatever does not is left out.

use core::net::Ipv4Addr;

use super::news::host_name;
use crate::endpoint::Lease;
use crate::options::{
    BROADCAST_ADDRESS, CLASSLESS_STATIC_ROUTE, Code, DOMAIN_NAME, DOMAIN_NAME_SERVER, DOMAIN_SEARCH,
    HOST_NAME, INTERFACE_MTU, NTP_SERVERS, ROUTER, SUBNET_MASK, TFTP_SERVER_NAME, TIME_OFFSET,
};
use crate::packet::Packet;

/// The longest path that is told.
const MAX_PATH: usize = 255;

/// The variables for a lease on an interface; without a lease the interface alone. The lease must have its DHCPACK.
#[must_use]
pub fn client_variables(interface: &str, lease: Option<&Lease>) -> Vec<(&'static str, String)> {
    let mut told = vec![("interface", interface.to_owned())];
    let Some(lease) = lease else { return told };
    told.push(("ip", lease.address.to_string()));
    told.push(("serverid", lease.server.to_string()));
    let seconds = |time: core::time::Duration| time.as_secs().to_string();
    told.push(("lease", lease.time.map_or(u32::MAX.to_string(), seconds)));
    told.extend(lease.t1.map(|time| ("t1", seconds(time))));
    told.extend(lease.t2.map(|time| ("t2", seconds(time))));
    if let Ok(packet) = Packet::parse(&lease.ack) {
        told.extend(options(&packet).into_iter().filter_map(|(name, value)| Some((name, value?))));
    }
    told
}

fn options(packet: &Packet<'_>) -> Vec<(&'static str, Option<String>)> {
    let mask = addresses(packet, SUBNET_MASK.code).first().copied().map(u32::from);
    let mask = mask.filter(|mask| mask.leading_ones() + mask.trailing_zeros() == 32);
    let list = |code| {
        let hosts = addresses(packet, code).into_iter().filter(is_host);
        Some(words(hosts.collect())).filter(|text| !text.is_empty())
    };
    let decimal = |number: Option<u32>| number.map(|number| number.to_string());
    let siaddr = Some(packet.siaddr()).filter(|address| !address.is_unspecified());
    vec![
        ("subnet", mask.map(|mask| Ipv4Addr::from(mask).to_string())),
        ("mask", mask.map(|mask| mask.leading_ones().to_string())),
        ("broadcast", addresses(packet, BROADCAST_ADDRESS.code).first().map(ToString::to_string)),
        ("router", list(ROUTER.code)),
        ("dns", list(DOMAIN_NAME_SERVER.code)),
        ("ntpsrv", list(NTP_SERVERS.code)),
        ("hostname", name(packet, HOST_NAME.code)),
        ("domain", name(packet, DOMAIN_NAME.code)),
        ("search", search(packet)),
        ("mtu", number::<2>(packet, INTERFACE_MTU.code).filter(|mtu| *mtu >= 68).map(|mtu| mtu.to_string())),
        ("timezone", number::<4>(packet, TIME_OFFSET.code).map(|offset| offset.cast_signed().to_string())),
        ("staticroutes", routes(packet, CLASSLESS_STATIC_ROUTE.code)),
        ("msstaticroutes", routes(packet, Code(249))),
        ("routes", pairs(packet)),
        ("lprsrv", list(Code(9))),
        ("swapsrv", list(Code(16))),
        ("nissrv", list(Code(41))),
        ("wins", list(Code(44))),
        ("nisdomain", name(packet, Code(40))),
        ("bootsize", decimal(number::<2>(packet, Code(13)))),
        ("ipttl", decimal(number::<1>(packet, Code(23)))),
        ("vlanid", decimal(number::<4>(packet, Code(132)))),
        ("rootpath", packet.value(Code(17)).and_then(|value| path(&value))),
        ("tzstr", plain(packet, Code(100), b"+-,./:<>_")),
        ("tzdbstr", plain(packet, Code(101), b"+-/_")),
        ("wpad", plain(packet, Code(252), b"%+-./:=?_~")),
        ("siaddr", siaddr.map(|address| address.to_string())),
        ("tftp", name(packet, TFTP_SERVER_NAME.code)),
        ("bootfile", packet.value(Code(67)).and_then(|value| path(&value))),
        ("boot_file", Some(packet.file()).filter(|_| !overloaded(packet, 1)).and_then(path)),
        ("sname", Some(packet.sname()).filter(|_| !overloaded(packet, 2)).and_then(host_name)),
    ]
}

fn overloaded(packet: &Packet<'_>, bit: u8) -> bool {
    packet.value(Code(52)).is_some_and(|value| value.first().is_some_and(|how| how & bit != 0))
}

fn words(items: Vec<impl ToString>) -> String {
    items.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

fn addresses(packet: &Packet<'_>, code: Code) -> Vec<Ipv4Addr> {
    let value = packet.value(code).unwrap_or_default();
    let whole = value.len().is_multiple_of(4);
    let quads = value.chunks(4).filter_map(|quad| quad.first_chunk::<4>());
    if whole { quads.map(|quad| Ipv4Addr::from(*quad)).collect() } else { Vec::new() }
}

/// Whether a host can have the address: it is not of this network, of this host, of a group or of everybody (RFC 1122
/// §3.2.1.3).
fn is_host(address: &Ipv4Addr) -> bool {
    let nobody = address.octets().first() == Some(&0);
    !(nobody || address.is_loopback() || address.is_multicast() || address.octets().first() >= Some(&240))
}

/// `10.0.0.0/192.0.2.1 …` of option 33: destinations and their routers (RFC 2132 §5.8).
fn pairs(packet: &Packet<'_>) -> Option<String> {
    let all = addresses(packet, Code(33));
    let told = all.chunks(2).filter_map(|pair| match pair {
        [to, router] if !to.is_unspecified() && is_host(router) => Some(format!("{to}/{router}")),
        _ => None,
    });
    Some(words(told.collect())).filter(|text| !text.is_empty())
}

/// A text of letters, digits and these.
fn plain(packet: &Packet<'_>, code: Code, more: &[u8]) -> Option<String> {
    let value = packet.value(code)?;
    let text = core::str::from_utf8(&value).ok()?.trim_end_matches('\0');
    let fits = text.bytes().all(|octet| octet.is_ascii_alphanumeric() || more.contains(&octet));
    (fits && (1..=MAX_PATH).contains(&text.len())).then(|| text.to_owned())
}

fn number<const N: usize>(packet: &Packet<'_>, code: Code) -> Option<u32> {
    let value = packet.value(code)?;
    let octets = <[u8; N]>::try_from(&*value).ok()?;
    Some(octets.iter().fold(0, |sum, octet| sum << 8 | u32::from(*octet)))
}

fn name(packet: &Packet<'_>, code: Code) -> Option<String> {
    host_name(&packet.value(code)?)
}

/// The domains of option 119 that are names, in order.
fn search(packet: &Packet<'_>) -> Option<String> {
    let value = packet.value(DOMAIN_SEARCH.code)?;
    let all = crate::packet::json::value(DOMAIN_SEARCH.code, &value);
    let names = all.as_array()?.iter().filter_map(|name| host_name(name.as_str()?.as_bytes()));
    Some(words(names.collect())).filter(|text| !text.is_empty())
}

/// `10.0.0.0/8 192.0.2.1 …` of option 121, or 249 with the same layout; nothing if it is not whole (RFC 3442).
fn routes(packet: &Packet<'_>, code: Code) -> Option<String> {
    let value = packet.value(code)?;
    let mut rest = &*value;
    let mut told = Vec::new();
    while let [width, behind @ ..] = rest {
        let (significant, behind) = behind.split_at_checked(usize::from(width.div_ceil(8)))?;
        let (router, behind) = behind.split_first_chunk::<4>()?;
        let mut subnet = [0; 4];
        if *width > 32 {
            return None;
        }
        subnet.iter_mut().zip(significant).for_each(|(to, from)| *to = *from);
        told.push(format!("{}/{width} {}", Ipv4Addr::from(subnet), Ipv4Addr::from(*router)));
        rest = behind;
    }
    Some(told.join(" ")).filter(|text| !text.is_empty())
}

/// A path without anything that a shell, a terminal or a parent folder would make something of.
fn path(octets: &[u8]) -> Option<String> {
    let text = core::str::from_utf8(octets).ok()?.trim_end_matches('\0');
    let plain = |octet: u8| octet.is_ascii_alphanumeric() || b"._/-".contains(&octet);
    let fits = (1..=MAX_PATH).contains(&text.len()) && text.bytes().all(plain);
    let climbs = text.split('/').any(|part| part == "..") || text.starts_with('-');
    (fits && !climbs).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;
    use crate::packet::{Message, Op};
    use crate::time::Instant;

    fn told(change: impl FnOnce(&mut Message) -> &mut Message) -> Vec<String> {
        let mut message = Message::new(Op::BOOTREPLY);
        change(&mut message);
        let lease = Lease {
            address: Ipv4Addr::new(192, 0, 2, 100),
            server: Ipv4Addr::new(192, 0, 2, 1),
            start: Instant::EPOCH,
            time: None,
            t1: None,
            t2: None,
            ack: message.end(300),
        };
        let told = client_variables("eth0", Some(&lease));
        told.into_iter().skip(4).map(|(name, value)| format!("{name}={value}")).collect()
    }

    #[test]
    fn values_are_udhcpc_s() {
        let want = [
            "subnet=255.255.255.0",
            "mask=24",
            "router=192.0.2.1 192.0.2.2",
            "dns=192.0.2.53",
            "hostname=alice",
            "domain=example.org",
            "search=example.org a.example.org",
            "mtu=1400",
            "timezone=-3600",
            "staticroutes=10.0.0.0/8 192.0.2.9 0.0.0.0/0 192.0.2.1",
            "boot_file=pxe/boot.0",
        ];
        let found = told(|message| {
            message.set_file(b"pxe/boot.0");
            message
                .push_octets(Code(1), &[255, 255, 255, 0])
                .push_octets(Code(3), &[192, 0, 2, 1, 192, 0, 2, 2])
                .push_octets(Code(6), &[192, 0, 2, 53])
                .push_octets(Code(12), b"alice\0")
                .push_octets(Code(15), b"example.org")
                .push_octets(Code(119), b"\x07example\x03org\0\x01a\xc0\0")
                .push_octets(Code(26), &[5, 120])
                .push_octets(Code(2), &(-3600i32).to_be_bytes())
                .push_octets(Code(121), &[8, 10, 192, 0, 2, 9, 0, 192, 0, 2, 1])
        });
        assert_eq!(want, *found);
    }

    #[test]
    fn hostile_values_are_left_out() {
        let found = told(|message| {
            message.set_file(b"../../etc/passwd").set_sname(b"x;reboot");
            message
                .push_octets(Code(1), &[255, 0, 255, 0])
                .push_octets(Code(3), &[192, 0, 2])
                .push_octets(Code(12), b"$(reboot)")
                .push_octets(Code(15), b"a b")
                .push_octets(Code(119), b"\x03a;b\0")
                .push_octets(Code(26), &[0, 1])
                .push_octets(Code(121), &[33, 1, 2, 3, 4, 5, 1, 1, 1, 1])
                .push_octets(Code(67), b"`id`")
                .push_octets(Code(66), b"-rf")
        });
        assert_eq!(Vec::<String>::new(), found);
    }

    #[test]
    fn options_with_a_name_of_udhcpc_have_it() {
        let want = [
            "msstaticroutes=10.0.0.0/8 192.0.2.9",
            "routes=10.0.0.1/192.0.2.9",
            "lprsrv=192.0.2.1",
            "swapsrv=192.0.2.2",
            "nissrv=192.0.2.3",
            "wins=192.0.2.4",
            "nisdomain=example.org",
            "bootsize=258",
            "ipttl=64",
            "vlanid=7",
            "rootpath=/srv/root",
            "tzstr=EST5EDT4,M3.2.0/02:00,M11.1.0/02:00",
            "tzdbstr=Europe/Berlin",
            "wpad=http://wpad.example.org/wpad.dat",
        ];
        let found = told(|message| {
            message
                .push_octets(Code(249), &[8, 10, 192, 0, 2, 9])
                .push_octets(Code(33), &[10, 0, 0, 1, 192, 0, 2, 9])
                .push_octets(Code(9), &[192, 0, 2, 1])
                .push_octets(Code(16), &[192, 0, 2, 2])
                .push_octets(Code(41), &[192, 0, 2, 3])
                .push_octets(Code(44), &[192, 0, 2, 4])
                .push_octets(Code(40), b"example.org")
                .push_octets(Code(13), &[1, 2])
                .push_octets(Code(23), &[64])
                .push_octets(Code(132), &[0, 0, 0, 7])
                .push_octets(Code(17), b"/srv/root")
                .push_octets(Code(100), b"EST5EDT4,M3.2.0/02:00,M11.1.0/02:00")
                .push_octets(Code(101), b"Europe/Berlin")
                .push_octets(Code(252), b"http://wpad.example.org/wpad.dat\0")
        });
        assert_eq!(want, *found);
    }

    #[test]
    fn addresses_that_no_host_has_are_left_out() {
        let nobody = [[0, 0, 0, 0], [127, 0, 0, 1], [224, 0, 0, 1], [255; 4], [240, 0, 0, 1]].concat();
        let found = told(|message| {
            message
                .push_octets(Code(3), &nobody)
                .push_octets(Code(6), &[&nobody[..], &[192, 0, 2, 53]].concat())
                .push_octets(Code(28), &[255; 4])
                .push_octets(Code(101), b"a;reboot")
        });
        assert_eq!(["broadcast=255.255.255.255", "dns=192.0.2.53"], *found);
    }

    #[test]
    fn a_lease_for_ever_is_a_number() {
        let mut message = Message::new(Op::BOOTREPLY);
        message.set_xid(1);
        let (address, server) = (Ipv4Addr::new(192, 0, 2, 100), Ipv4Addr::new(192, 0, 2, 1));
        let ack = message.end(300);
        let lease = Lease { address, server, start: Instant::EPOCH, time: None, t1: None, t2: None, ack };
        assert!(client_variables("eth0", Some(&lease)).contains(&("lease", "4294967295".to_owned())));
    }

    #[test]
    fn without_a_lease_there_is_the_interface() {
        assert_eq!(vec![("interface", "eth0".to_owned())], client_variables("eth0", None));
    }
}
