//! Who a client is and what it asks for: from flags to its configuration.

use std::net::Ipv4Addr;
use std::time::Duration;

use clap::{Args, ValueEnum};
use dhcpsim::client::{Config, ForceRenew, Habits};
use dhcpsim::lease::Octets;
use dhcpsim::options::{self, CLIENT_FQDN, Code, compose};

use super::super::Failure;
use super::super::exit::Complaint;
use super::flags::{self, Hardware, Identifier, Pause, random_chaddr};

/// Who the client is, and what it asks for.
#[derive(Args, Debug)]
#[command(next_help_heading = "Who it is and what it asks for")]
pub(super) struct Who {
    /// Hardware address [default: the interface's, else a random one of the locally administered]
    #[arg(long, value_name = "MAC", conflicts_with = "count")]
    pub(super) chaddr: Option<Hardware>,
    /// Client identifier: text, hex octets with colons, duid, duid:HEX, or none [default: 01 and the chaddr]
    #[arg(long, value_name = "ID", conflicts_with = "count")]
    client_id: Option<Identifier>,
    /// Host name to tell the server
    #[arg(long, value_name = "NAME", value_parser = flags::hostname)]
    hostname: Option<String>,
    /// Full name to tell the server, which is to update the DNS (option 81)
    #[arg(long, value_name = "NAME", value_parser = flags::fqdn)]
    fqdn: Option<flags::Fqdn>,
    /// Options to ask for, by name or code
    #[arg(long, value_name = "OPTION,...", value_delimiter = ',', value_parser = flags::code)]
    request: Vec<Code>,
    /// Further options to send; `dhcpsim options NAME` shows how a value is written
    #[arg(long, value_name = "NAME=VALUE")]
    option: Vec<String>,
    /// Address to ask for
    #[arg(long, value_name = "ADDR", conflicts_with = "count")]
    requested_address: Option<Ipv4Addr>,
    /// Lease time to ask for
    #[arg(long, value_name = "TIME", value_parser = flags::seconds)]
    lease_time: Option<u32>,
    /// Use leases for so long at most, whatever servers grant
    #[arg(long, value_name = "TIME", value_parser = flags::longest)]
    longest_lease: Option<u32>,
    /// Ask for broadcast replies
    #[arg(long)]
    broadcast: bool,
    /// Ask as if through the relay agent with this address, to which the replies go
    #[arg(long, value_name = "ADDR", value_parser = flags::host, conflicts_with = "interface")]
    pub(super) giaddr: Option<Ipv4Addr>,
    /// Ask for an exchange of two messages (RFC 4039)
    #[arg(long)]
    rapid_commit: bool,
    /// Which FORCERENEW to heed
    #[arg(long, value_enum, default_value_t = Forced::Never)]
    force_renew: Forced,
    /// For how long to collect offers, from the first on; then the best is taken
    #[arg(long, value_name = "TIME", default_value = "0s")]
    collect: Pause,
    /// Servers whose offers are better than others', the best first
    #[arg(long, value_name = "ADDR,...", value_delimiter = ',')]
    prefer: Vec<Ipv4Addr>,
    /// Options without which an offer is not taken
    #[arg(long, value_name = "OPTION,...", value_delimiter = ',', value_parser = flags::code)]
    require: Vec<Code>,
    /// The pause between the offer and the DHCPREQUEST, such as 500ms
    #[arg(long, value_name = "TIME", default_value = "0s")]
    request_delay: Pause,
    /// Wait one to ten seconds before the first message, and renew a little early, at random
    #[arg(long)]
    desynchronise: bool,
    /// Seed of all random choices, for the same messages again [default: from the clock]
    #[arg(long, value_name = "NUMBER")]
    pub(super) seed: Option<u64>,
}

/// Which FORCERENEW to heed.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum Forced {
    /// No message
    Never,
    /// Those that prove by a nonce who sent them (RFC 6704)
    Authenticated,
    /// All, whoever sent them
    Always,
}

impl Who {
    /// The seed: as told, else from the clock.
    pub(super) fn seed(&self, now: u64) -> u64 {
        // Processes that start in the same microsecond differ by their numbers.
        self.seed.unwrap_or(now ^ u64::from(std::process::id()) << 40)
    }

    /// Whether the flags say the client identifier.
    pub(super) fn has_identifier(&self) -> bool {
        self.client_id.is_some()
    }

    /// What the flags say of one client. `known` is its hardware address where it follows from elsewhere.
    pub(super) fn config(&self, seed: u64, known: Option<&[u8]>) -> Result<Config, Failure> {
        let mut config = Config::ethernet(random_chaddr(seed), seed);
        if let Some(chaddr) = self.chaddr.as_ref().map(|chaddr| chaddr.0.as_slice()).or(known) {
            config.chaddr = chaddr.into();
            config.client_identifier = Some([&[1], chaddr].concat().into());
        }
        if let Some(identifier) = &self.client_id {
            config.client_identifier = identifier.octets(&config.chaddr).map(Octets::from);
        }
        config.host_name = self.hostname.as_ref().map(|name| name.as_bytes().into());
        config.requested_address = self.requested_address;
        let options = self.options()?;
        Ok(config.behaving(|habits| self.behave(habits, options)))
    }

    fn behave(&self, habits: &mut Habits, options: Vec<(Code, Vec<u8>)>) {
        if !self.request.is_empty() {
            habits.parameters = self.request.iter().map(|code| code.0).collect();
        }
        habits.options = options;
        habits.lease_time = self.lease_time;
        habits.longest_lease = self.longest_lease.unwrap_or(u32::MAX);
        habits.broadcast = self.broadcast;
        habits.giaddr = self.giaddr;
        habits.rapid_commit = self.rapid_commit;
        habits.collect = self.collect.0;
        habits.prefer.clone_from(&self.prefer);
        habits.require.clone_from(&self.require);
        habits.request_delay = self.request_delay.0;
        habits.desynchronise = self.desynchronise;
        habits.force_renew = match self.force_renew {
            Forced::Never => ForceRenew::Never,
            Forced::Authenticated => ForceRenew::Authenticated,
            Forced::Always => ForceRenew::Always,
        };
        habits.probe = Some(Duration::from_secs(1));
    }

    fn options(&self) -> Result<Vec<(Code, Vec<u8>)>, Failure> {
        let fqdn = self.fqdn.as_ref().map(|name| (CLIENT_FQDN.code, name.0.clone()));
        self.option.iter().map(|text| option(text)).chain(fqdn.map(Ok)).collect()
    }
}

/// `NAME=VALUE` of an option that no other flag sets.
fn option(text: &str) -> Result<(Code, Vec<u8>), Failure> {
    let usage = |what: String| Failure::Usage(Complaint::new(what));
    let (name, value) = text
        .split_once('=')
        .ok_or_else(|| usage(format!("--option: expected NAME=VALUE, found `{text}`")))?;
    let code = flags::code(name).map_err(|error| usage(format!("--option: {error}")))?;
    let own = [
        (options::HOST_NAME.code, "--hostname says it"),
        (options::REQUESTED_IP_ADDRESS.code, "--requested-address says it"),
        (options::IP_ADDRESS_LEASE_TIME.code, "--lease-time says it"),
        (options::OPTION_OVERLOAD.code, "a client puts nothing into sname and file"),
        (options::DHCP_MESSAGE_TYPE.code, "the client says it"),
        (options::SERVER_IDENTIFIER.code, "the client says it"),
        (options::PARAMETER_REQUEST_LIST.code, "--request says it"),
        (options::MAXIMUM_DHCP_MESSAGE_SIZE.code, "the client says it"),
        (options::CLIENT_IDENTIFIER.code, "--client-id says it"),
        (options::RAPID_COMMIT.code, "--rapid-commit says it"),
        (options::FORCERENEW_NONCE_CAPABLE.code, "--force-renew says it"),
    ];
    if let Some((_, help)) = own.iter().find(|(own, _)| *own == code) {
        let what = format!("--option: {code} can't be set here");
        return Err(Failure::Usage(Complaint::new(what).help(help)));
    }
    let octets = compose::from_text(code.layout(), value).map_err(|error| {
        Failure::Usage(
            Complaint::new(format!("--option {code}: {error}"))
                .help(format!("`dhcpsim options {}` shows how it is written", code.0)),
        )
    })?;
    Ok((code, octets))
}
