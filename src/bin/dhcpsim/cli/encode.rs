//! `dhcpsim encode`: frames from flags, JSON or the text form.

use std::fs::File;
use std::io::{self, BufReader, IsTerminal, Read, Write};
use std::net::Ipv4Addr;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use dhcpsim::options::registries::{HARDWARE_TYPES, MESSAGE_TYPES};
use dhcpsim::options::text::Escaped;
use dhcpsim::options::{self, Code, TABLE, compose, nearest};
use dhcpsim::packet::text::octets;
use dhcpsim::packet::{Flags, Message, MessageType, Op, json, text};

use super::envelope::{self, Format};
use super::exit::Complaint;
use super::{Exit, Failure, Global};

/// Build DHCP frames.
///
/// From flags: name the message (discover, offer, …, bootrequest, bootreply) and set fields and options.
/// From a file or standard input: JSON as `decode --json` prints it, or the text form as `decode --text` does.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Encode {
    /// The message to build (discover, offer, request, decline, ack, nak, release, inform, forcerenew, leasequery, …,
    /// bootrequest, bootreply), or a file of JSON or text; none or - reads standard input
    #[arg(value_name = "MESSAGE|FILE")]
    input: Option<PathBuf>,
    /// What the input is
    #[arg(long, value_enum, default_value_t = Source::Auto, value_name = "KIND")]
    from: Source,
    /// What comes out
    #[arg(long, value_enum, default_value_t = Format::Hex, value_name = "FORMAT")]
    to: Format,
    /// Write to this file
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    fields: Fields,
}

#[derive(Args, Debug)]
#[command(next_help_heading = "Fields and options of a message to build")]
struct Fields {
    /// An option by name or code; see `dhcpsim options` for how its value is written
    #[arg(long = "option", short = 'O', value_name = "NAME=VALUE")]
    options: Vec<String>,
    /// The client's hardware address
    #[arg(long, value_name = "ADDRESS", value_parser = parse_chaddr)]
    chaddr: Option<Chaddr>,
    /// The kind of hardware address
    #[arg(long, value_name = "NAME|NUMBER", default_value = "ethernet", value_parser = parse_htype)]
    htype: u8,
    /// Octets of the hardware address, where it is not as long as chaddr
    #[arg(long, value_name = "OCTETS")]
    hlen: Option<u8>,
    /// Relay agents passed
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    hops: u8,
    /// The transaction's number
    #[arg(long, value_name = "NUMBER", default_value = "0", value_parser = parse_u32)]
    xid: u32,
    /// Seconds since the client began
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    secs: u16,
    /// Ask for broadcast replies
    #[arg(long)]
    broadcast: bool,
    /// The client's address
    #[arg(long, value_name = "ADDRESS", default_value_t = Ipv4Addr::UNSPECIFIED)]
    ciaddr: Ipv4Addr,
    /// The address assigned
    #[arg(long, value_name = "ADDRESS", default_value_t = Ipv4Addr::UNSPECIFIED)]
    yiaddr: Ipv4Addr,
    /// The next server
    #[arg(long, value_name = "ADDRESS", default_value_t = Ipv4Addr::UNSPECIFIED)]
    siaddr: Ipv4Addr,
    /// The relay agent
    #[arg(long, value_name = "ADDRESS", default_value_t = Ipv4Addr::UNSPECIFIED)]
    giaddr: Ipv4Addr,
    /// The server's name, at most 64 octets
    #[arg(long, value_name = "TEXT", default_value = "")]
    sname: String,
    /// The boot file's name, at most 128 octets
    #[arg(long, value_name = "TEXT", default_value = "")]
    file: String,
    /// Fill up with zeros to so many octets
    #[arg(long, value_name = "OCTETS", default_value_t = 300, value_parser = clap::value_parser!(u16).range(0..=65_507))]
    pad: u16,
}

#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    /// By looking: JSON begins with {
    Auto,
    /// JSON documents as `decode --json` prints them
    Json,
    /// The text form as `decode --text` prints it
    Text,
}

const EXAMPLES: &str = "\
Examples:
  dhcpsim encode discover --chaddr 02:00:00:00:00:01 --option host-name=alpha \\
      --option parameter-request-list=subnet-mask,router
  dhcpsim encode offer --yiaddr 192.0.2.100 --option server-identifier=192.0.2.1 \\
      --option ip-address-lease-time=1h --to pcap --output offer.pcap
  dhcpsim encode nak -O 54=192.0.2.1 -O 'message=no such lease' | dhcpsim decode
  dhcpsim decode --text x.hex | sed 's/alpha/beta/' | dhcpsim encode
  dhcpsim options 121                    how is option 121 written?

Any value can be given raw: --option 224=raw:0102ff";

#[derive(Clone, Debug)]
struct Chaddr(Vec<u8>);

fn parse_chaddr(text: &str) -> Result<Chaddr, String> {
    let address = octets(text).ok_or("expected hex digits in pairs, as in 02:00:00:00:00:01")?;
    match address.len() {
        ..=16 => Ok(Chaddr(address)),
        found => Err(format!("expected at most 16 octets, found {found}")),
    }
}

fn parse_htype(text: &str) -> Result<u8, String> {
    let named =
        HARDWARE_TYPES.iter().find(|(_, name)| *name == text).and_then(|(code, _)| u8::try_from(*code).ok());
    named.or_else(|| text.parse().ok()).ok_or_else(|| {
        let near = nearest(text, HARDWARE_TYPES.iter().map(|(_, name)| *name));
        let near = near.map_or(String::new(), |name| format!("; did you mean `{name}`?"));
        format!("expected a number up to 255 or a name such as ethernet{near}")
    })
}

fn parse_u32(text: &str) -> Result<u32, String> {
    let number = match text.strip_prefix("0x") {
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    };
    number.ok_or_else(|| "expected a number of 32 bits, decimal or 0x and hex digits".to_owned())
}

impl Encode {
    pub(crate) fn run(self, _: &Global) -> Result<Exit, Failure> {
        let built = self.input.as_ref().and_then(|input| kind_of(input.to_str()?));
        let mut out = Output::open(self.output.as_ref(), self.to)?;
        if let Some(kind) = built {
            out.message(&self.fields.build(kind)?)?;
            return out.finish();
        }
        if let Some(flag) = self.fields.given() {
            let what = format!("{flag} goes with a message to build, not with a file");
            let help = "name the message first, as in `dhcpsim encode discover --xid 7`; edit a file's text or JSON instead";
            return Err(Failure::Usage(Complaint::new(what).help(help)));
        }
        let input = self.input.unwrap_or_else(|| PathBuf::from("-"));
        let name = match input.as_os_str().as_encoded_bytes() {
            b"-" => "standard input".to_owned(),
            path => Escaped(path).to_string(),
        };
        let mut reader = BufReader::new(open(&input, &name)?);
        let unreadable =
            |error: &dyn std::fmt::Display| Failure::Input(Complaint::new(format!("{name}: {error}")));
        let json = match self.from {
            Source::Json => true,
            Source::Text => false,
            Source::Auto => starts_with_brace(&mut reader).map_err(|error| unreadable(&error))?,
        };
        if json {
            for message in json::parse_all(reader) {
                out.message(&message.map_err(|error| unreadable(&error))?)?;
            }
        } else {
            let mut whole = String::new();
            reader.read_to_string(&mut whole).map_err(|error| unreadable(&error))?;
            for message in text::parse(&whole).map_err(|error| unreadable(&error))? {
                out.message(&message)?;
            }
        }
        if out.written == 0 {
            return Err(unreadable(&"no message in it"));
        }
        out.finish()
    }
}

/// What a message's name says to build: a DHCP message or a BOOTP one.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Dhcp(MessageType),
    Bootp(Op),
}

fn kind_of(name: &str) -> Option<Kind> {
    let name = name.to_ascii_lowercase();
    match name.as_str() {
        "bootrequest" => return Some(Kind::Bootp(Op::BOOTREQUEST)),
        "bootreply" => return Some(Kind::Bootp(Op::BOOTREPLY)),
        _ => {}
    }
    let short = name.strip_prefix("dhcp").unwrap_or(&name);
    let (code, _) = MESSAGE_TYPES.iter().find(|(_, name)| *name == short)?;
    u8::try_from(*code).ok().map(|code| Kind::Dhcp(MessageType(code)))
}

fn open(input: &PathBuf, name: &str) -> Result<Box<dyn Read>, Failure> {
    if input.as_os_str() == "-" {
        if io::stdin().is_terminal() {
            let _ =
                writeln!(anstream::stderr(), "reading JSON or text from the terminal; end it with Ctrl-D");
        }
        return Ok(Box::new(io::stdin().lock()));
    }
    let file = File::open(input).map_err(|error| {
        let kinds = MESSAGE_TYPES.iter().map(|(_, name)| *name).chain(["bootrequest", "bootreply"]);
        let help = match nearest(name, kinds) {
            Some(kind) => format!("did you mean the message `{kind}`?"),
            None => "give a message (discover, offer, …), a file, or - for standard input".to_owned(),
        };
        Failure::Input(Complaint::new(format!("cannot open {name}: {error}")).help(help))
    })?;
    Ok(Box::new(file))
}

fn starts_with_brace(reader: &mut BufReader<Box<dyn Read>>) -> io::Result<bool> {
    use io::BufRead;
    let start = reader.fill_buf()?;
    Ok(start.iter().find(|octet| !octet.is_ascii_whitespace()) == Some(&b'{'))
}

impl Fields {
    /// A flag that was given other than its default.
    fn given(&self) -> Option<&'static str> {
        let address = |address: Ipv4Addr| !address.is_unspecified();
        [
            ("--option", !self.options.is_empty()),
            ("--chaddr", self.chaddr.is_some()),
            ("--htype", self.htype != 1),
            ("--hlen", self.hlen.is_some()),
            ("--hops", self.hops != 0),
            ("--xid", self.xid != 0),
            ("--secs", self.secs != 0),
            ("--broadcast", self.broadcast),
            ("--ciaddr", address(self.ciaddr)),
            ("--yiaddr", address(self.yiaddr)),
            ("--siaddr", address(self.siaddr)),
            ("--giaddr", address(self.giaddr)),
            ("--sname", !self.sname.is_empty()),
            ("--file", !self.file.is_empty()),
            ("--pad", self.pad != 300),
        ]
        .into_iter()
        .find_map(|(flag, given)| given.then_some(flag))
    }

    fn build(&self, kind: Kind) -> Result<Vec<u8>, Failure> {
        let op = match kind {
            Kind::Bootp(op) => op,
            Kind::Dhcp(MessageType(2 | 5 | 6 | 9 | 11..=13 | 15 | 17)) => Op::BOOTREPLY,
            Kind::Dhcp(_) => Op::BOOTREQUEST,
        };
        let mut message = Message::new(op);
        let chaddr = self.chaddr.as_ref().map_or(&[0; 6][..], |chaddr| &chaddr.0);
        message
            .set_hardware(self.htype, chaddr)
            .set_hops(self.hops)
            .set_xid(self.xid)
            .set_secs(self.secs)
            .set_flags(if self.broadcast { Flags::BROADCAST } else { Flags::default() })
            .set_ciaddr(self.ciaddr)
            .set_yiaddr(self.yiaddr)
            .set_siaddr(self.siaddr)
            .set_giaddr(self.giaddr)
            .set_sname(name("sname", &self.sname, 64)?)
            .set_file(name("file", &self.file, 128)?);
        if let Some(hlen) = self.hlen {
            message.set_hlen(hlen);
        }
        if let Kind::Dhcp(MessageType(kind)) = kind {
            message.push(&options::DHCP_MESSAGE_TYPE, kind);
        }
        for option in &self.options {
            let (code, value) = parse_option(option)?;
            message.push_octets(code, &value);
        }
        Ok(message.end(usize::from(self.pad)))
    }
}

fn name<'t>(field: &str, text: &'t str, size: usize) -> Result<&'t [u8], Failure> {
    match text.len() {
        length if length > size => {
            let what = format!("--{field}: expected at most {size} octets, found {length}");
            Err(Failure::Usage(Complaint::new(what)))
        }
        _ => Ok(text.as_bytes()),
    }
}

/// `NAME=VALUE`, or the name alone for an option without a value.
fn parse_option(text: &str) -> Result<(Code, Vec<u8>), Failure> {
    let (name, value) = text.split_once('=').unwrap_or((text, ""));
    let name = name.trim();
    let code = Code::parse(name).ok_or_else(|| {
        let complaint = Complaint::new(format!("--option: `{}` is no option", Escaped(name.as_bytes())));
        Failure::Usage(match nearest(name, TABLE.iter().map(|row| row.name)) {
            Some(near) => complaint.help(format!("did you mean `{near}`?")),
            None => complaint.help("`dhcpsim options` lists them; a code from 1 to 254 is right too"),
        })
    })?;
    let refused = match code {
        Code::PAD | Code::END => {
            Some("fill and end are made by `encode`; other places for them need the text form")
        }
        code if code == options::DHCP_MESSAGE_TYPE.code => Some("the message's name says it: `encode offer`"),
        _ => None,
    };
    if let Some(help) = refused {
        return Err(Failure::Usage(Complaint::new(format!("--option: {code} can't be set here")).help(help)));
    }
    let octets = compose::from_text(code.layout(), value).map_err(|error| {
        Failure::Usage(
            Complaint::new(format!("--option {code}: {error}"))
                .help(format!("`dhcpsim options {}` shows how it is written", code.0)),
        )
    })?;
    Ok((code, octets))
}

/// Where messages go.
struct Output {
    out: Box<dyn Write>,
    format: Format,
    written: usize,
}

impl Output {
    fn open(file: Option<&PathBuf>, format: Format) -> Result<Output, Failure> {
        let out: Box<dyn Write> = match file.filter(|path| path.as_os_str() != "-") {
            Some(path) => Box::new(File::create(path).map_err(|error| {
                let name = Escaped(path.as_os_str().as_encoded_bytes()).to_string();
                Failure::Cannot(Complaint::new(format!("cannot write {name}: {error}")))
            })?),
            None if format.is_binary() && io::stdout().is_terminal() => {
                return Err(Failure::Usage(
                    Complaint::new("binary output does not go to a terminal")
                        .help("add --output FILE or pipe it"),
                ));
            }
            None => Box::new(io::stdout().lock()),
        };
        Ok(Output { out, format, written: 0 })
    }

    fn message(&mut self, octets: &[u8]) -> Result<(), Failure> {
        envelope::write(&mut self.out, self.format, self.written, octets)?;
        self.written += 1;
        Ok(())
    }

    fn finish(mut self) -> Result<Exit, Failure> {
        if self.written == 0 {
            envelope::begin(&mut self.out, self.format)?;
        }
        self.out.flush()?;
        Ok(Exit::Done)
    }
}
