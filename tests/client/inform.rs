//! DHCPINFORM: parameters for an address from elsewhere (§4.4.3).

use dhcpsim::endpoint::State;
use dhcpsim::packet::{MessageType, Packet};
use pretty_assertions::assert_eq;

use super::alone::{ADDRESS, Alone, SERVER, codes, config, seconds, tests};

tests! {
    fn it_asks_for_parameters_alone() {
        let mut alone = Alone::idle(config().behaving(|habits| habits.lease_time = Some(600)));
        alone.client.inform(alone.now, ADDRESS);
        assert_eq!(["0.000000 INFORMING", "0.000000 INFORM to all"], *alone.until(0));
        assert_eq!([53, 61, 57, 55], *codes(&alone.last), "table 5: no address, no lease time");
        let inform = Packet::parse(&alone.last).unwrap();
        assert_eq!(ADDRESS, inform.ciaddr());
        let ack = alone.reply(MessageType::ACK, Some(SERVER), |message| {
            message.set_yiaddr(std::net::Ipv4Addr::UNSPECIFIED);
        });
        assert_eq!(["0.000000 INFORMED"], *alone.hears(&ack), "an ACK without lease or address");
        assert_eq!([""; 0], *alone.until(100_000));
        assert_eq!(None, alone.client.lease());
    }

    fn without_an_answer_it_asks_four_times() {
        let mut alone = Alone::idle(config());
        alone.client.inform(alone.now, ADDRESS);
        let told = alone.until(100);
        assert_eq!(4, seconds(&told).len());
        assert!(told.last().unwrap().ends_with("STOPPED"), "{told:?}");
        let end: f64 = told.last().unwrap().split(' ').next().unwrap().parse().unwrap();
        assert!((56.0..=64.0).contains(&end), "a minute: {end}");
        assert_eq!(State::Stopped, alone.client.state());
    }
}
