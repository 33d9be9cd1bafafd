//! What a server can't do on the sockets that it got, and does instead. Said once, at the start.

use std::fmt;
use std::io;

/// Something that is not to be had.
#[derive(Debug)]
#[non_exhaustive]
pub enum Notice {
    /// No packet socket on an interface.
    NoFrames {
        /// The interface.
        interface: String,
        /// Whether conflict checks would have used it too.
        probe: bool,
        /// What the system says.
        error: io::Error,
    },
    /// An interface that is no Ethernet, so that nothing is known of its frames.
    NoEthernet(String),
    /// A receive buffer that is smaller than a burst wants.
    SmallBuffer {
        /// Octets that may wait in it.
        octets: usize,
        /// Octets that were asked for.
        wanted: usize,
    },
    /// No socket for ICMP echo.
    NoEcho(io::Error),
    /// Loopback alone, where nobody else can have an address.
    Loopback,
}

impl Notice {
    /// Whether it is news to who started the server, rather than as it has to be.
    #[must_use]
    pub fn is_warning(&self) -> bool {
        !matches!(self, Notice::Loopback)
    }

    /// The error, if one is the cause.
    #[must_use]
    pub fn error(&self) -> Option<&io::Error> {
        match self {
            Notice::NoFrames { error, .. } | Notice::NoEcho(error) => Some(error),
            Notice::NoEthernet(_) | Notice::SmallBuffer { .. } | Notice::Loopback => None,
        }
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Notice::NoFrames { interface, probe, error } => {
                write!(
                    f,
                    "no frames can be sent on {interface} ({error}): clients that have no address yet are \
                     answered by broadcast (RFC 2131 §4.1)"
                )?;
                if *probe {
                    f.write_str(", and addresses are not checked by ARP before they are offered")?;
                }
                Ok(())
            }
            Notice::NoEthernet(interface) => write!(
                f,
                "{interface} is no Ethernet: clients that have no address yet are answered by broadcast \
                 (RFC 2131 §4.1)"
            ),
            Notice::SmallBuffer { octets, wanted } => write!(
                f,
                "the receive buffer is {} KiB instead of {}: a burst may be lost; `sysctl net.core.rmem_max={wanted}` or \
                 CAP_NET_ADMIN lets it be larger",
                octets >> 10,
                wanted >> 10
            ),
            Notice::NoEcho(error) => write!(
                f,
                "no ICMP echo can be sent ({error}): addresses on remote subnets are offered unchecked"
            ),
            Notice::Loopback => {
                f.write_str("addresses are offered unchecked: on loopback nobody else can have them")
            }
        }
    }
}
