//! Other servers' lease files: what is read of them, and that nothing else is.

use std::fs;

use dhcpsim::lease::BindingState;
use dhcpsim::store::import::{Format, Import};
use dhcpsim::time::Instant;
use proptest::prelude::*;

fn read(name: &str) -> (Vec<u8>, Import) {
    let octets = fs::read(format!("{}/fixtures/leases/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let format = Format::guess(&octets).unwrap();
    let import = format.read(&octets);
    (octets, import)
}

/// A line for each lease: address, client, name, state, beginning, end.
fn lines(import: &Import) -> Vec<String> {
    let second = |at: Instant| if at.is_never() { "never".to_owned() } else { at.as_secs().to_string() };
    let line = |lease: &dhcpsim::store::import::Imported| {
        let name = lease.host_name.as_deref().map(|name| String::from_utf8_lossy(name).into_owned());
        let state = match lease.state {
            BindingState::Bound => "bound",
            BindingState::Released => "released",
            BindingState::Declined => "declined",
        };
        let since = lease.since.map_or("-".to_owned(), second);
        format!(
            "{} {} {} {state} {since} {}",
            lease.address,
            lease.client,
            name.unwrap_or_default(),
            second(lease.expires)
        )
    };
    import.leases.values().map(line).collect()
}

fn faults(import: &Import) -> Vec<String> {
    import.faults.iter().map(|fault| format!("{}: {}", fault.line, fault.why)).collect()
}

#[test]
fn the_last_entry_of_isc_dhcpd_counts_and_escapes_are_octets() {
    let (_, import) = read("dhcpd.leases");
    let want = [
        "192.0.2.10 id 01:02:00:00:00:00:0a alice bound 1795541400 never",
        "192.0.2.11 02:00:00:00:00:0b  released 1795539600 1795543200",
        "192.0.2.12 none  declined 1795539600 1795543200",
    ];
    assert_eq!(want.as_slice(), lines(&import));
    assert_eq!(["36: a time that can't be read"].as_slice(), faults(&import));
}

#[test]
fn the_last_line_of_kea_counts_and_a_lifetime_of_zero_is_the_end() {
    let (_, import) = read("kea-leases4.csv");
    let want = [
        "192.0.2.10 id 01:02:00:00:00:00:0a alice.example bound 1795541400 1795545000",
        "192.0.2.11 02:00:00:00:00:0b comma,name bound 0 never",
        "192.0.2.12 none  declined 1795539600 1795626000",
        "192.0.2.14 02:00:00:00:00:0e gone released 1795539600 1795543200",
    ];
    assert_eq!(want.as_slice(), lines(&import));
    assert_eq!(["9: hwaddr is no list of octets"].as_slice(), faults(&import));
}

#[test]
fn an_expiry_of_zero_is_none_for_dnsmasq_and_lines_of_dhcpv6_are_passed_over() {
    let (_, import) = read("dnsmasq.leases");
    let want = [
        "192.0.2.10 id 01:02:00:00:00:00:0a alice bound - 1795543200",
        "192.0.2.11 02:00:00:00:00:0b  bound - never",
        "192.0.2.12 id ff:00:01:02  bound - 1795543200",
    ];
    assert_eq!(want.as_slice(), lines(&import));
    assert_eq!(["4: the first word is no time"].as_slice(), faults(&import));
    assert_eq!(2, import.passed);
}

#[test]
fn a_file_that_is_cut_short_gives_leases_that_are_whole_or_faults() {
    for name in ["dhcpd.leases", "kea-leases4.csv", "dnsmasq.leases"] {
        let (octets, whole) = read(name);
        let format = Format::guess(&octets).unwrap();
        for cut in 0..octets.len() {
            let import = format.read(&octets[..cut]);
            assert!(import.leases.len() <= whole.leases.len() + 1, "{name} cut at {cut}");
            if name == "dhcpd.leases" {
                let told = |lease: &dhcpsim::store::import::Imported| {
                    lease.line <= whole.leases[&lease.address].line
                };
                assert!(import.leases.values().all(told), "{name} cut at {cut}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn whatever_a_file_holds_it_is_read(
        which in 0..3usize,
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..12),
        noise in proptest::collection::vec(any::<u8>(), 0..64),
    ) {
        let (mut octets, _) = read(["dhcpd.leases", "kea-leases4.csv", "dnsmasq.leases"][which]);
        for (at, octet) in changes {
            let at = at.index(octets.len());
            octets[at] = octet;
        }
        octets.extend(noise);
        for format in [Format::Isc, Format::Kea, Format::Dnsmasq] {
            let import = format.read(&octets);
            for lease in import.leases.values() {
                prop_assert!(lease.chaddr.len() <= 16 && lease.line >= 1);
                prop_assert!(lease.host_name.as_ref().is_none_or(|name| (1..=255).contains(&name.len())));
            }
        }
        let _ = Format::guess(&octets);
    }
}

#[test]
fn what_relay_agents_added_is_counted_and_no_lease_begins_after_its_end() {
    let isc = b"lease 192.0.2.7 {\n starts epoch 2000;\n ends epoch 1000;\n hardware ethernet 02:00:00:00:00:07;\n \
                option agent.circuit-id \"port 7\";\n}\n";
    let kea = "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context\n\
               192.0.2.7,02:00:00:00:00:07,,3600,1700000000,1,0,0,,0,{ \"ISC\": { \"relay-agent-info\": \"0x01\" } }\n\
               192.0.2.8,02:00:00:00:00:08,,3600,1700000000,1,0,0,,0,\n";
    let relayed = |import: &Import| import.leases.values().filter(|lease| lease.relayed).count();
    let import = Format::Isc.read(isc);
    assert_eq!((1, 1), (relayed(&import), relayed(&Format::Kea.read(kea.as_bytes()))));
    let reading = dhcpsim::time::Reading { boot: [0; 16], uptime: 0, wall: 9_000_000_000 };
    let now = Instant::from_secs(9000);
    let anchor = dhcpsim::time::Anchor { reading, instant: now };
    for lease in import.leases.values() {
        let subnet = dhcpsim::lease::Subnet::of(lease.address, 24).unwrap();
        let binding = lease.binding(subnet, &anchor, now);
        assert!(binding.since <= binding.expires, "{binding:?}");
    }
}
