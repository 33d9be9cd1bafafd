//! Ethernet, IPv4 and UDP around a message.
