#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| dhcpsim_fuzz::leases(octets));
