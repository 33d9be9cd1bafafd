//! Stores that are not whole.
