//! Frames under way, in buffers that are used again.

use super::node::place;

/// A frame under way.
#[derive(Debug, Default)]
pub(super) struct Flight {
    pub(super) segment: u32,
    pub(super) octets: Vec<u8>,
}

/// All frames under way, by numbers.
#[derive(Debug, Default)]
pub(super) struct Flights {
    slots: Vec<Flight>,
    free: Vec<u32>,
}

impl Flights {
    /// An empty buffer that was used before, if there is one.
    pub(super) fn buffer(&mut self) -> (u32, Vec<u8>) {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Flight::default());
            u32::try_from(self.slots.len().saturating_sub(1)).unwrap_or(u32::MAX)
        });
        let octets = self.slots.get_mut(place(slot)).map(|flight| core::mem::take(&mut flight.octets));
        (slot, octets.unwrap_or_default())
    }

    /// A frame sets out.
    pub(super) fn set_out(&mut self, slot: u32, flight: Flight) {
        if let Some(there) = self.slots.get_mut(place(slot)) {
            *there = flight;
        }
    }

    /// A frame has come.
    pub(super) fn take(&mut self, slot: u32) -> Flight {
        self.slots.get_mut(place(slot)).map(core::mem::take).unwrap_or_default()
    }

    /// Gives a buffer back.
    pub(super) fn put_back(&mut self, slot: u32, mut octets: Vec<u8>) {
        octets.clear();
        self.set_out(slot, Flight { segment: 0, octets });
        self.free.push(slot);
    }
}
