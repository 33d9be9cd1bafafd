//! Faults of the disk while a server is at work.
