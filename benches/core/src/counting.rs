//! An allocator that counts allocations and the octets in use.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

pub struct Counting;

static COUNT: AtomicU64 = AtomicU64::new(0);
static LIVE: AtomicU64 = AtomicU64::new(0);

/// Allocations so far, growth of a buffer included.
pub fn allocations() -> u64 {
    COUNT.load(Relaxed)
}

/// Octets that are allocated, as they were asked for.
pub fn live() -> u64 {
    LIVE.load(Relaxed)
}

/// One thread allocates, so a load and a store do.
fn count(more: usize, less: usize) {
    COUNT.store(COUNT.load(Relaxed) + u64::from(more > 0), Relaxed);
    LIVE.store((LIVE.load(Relaxed) + more as u64).wrapping_sub(less as u64), Relaxed);
}

unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size(), 0);
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size(), 0);
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size, layout.size());
        unsafe { System.realloc(place, layout, size) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        count(0, layout.size());
        unsafe { System.dealloc(place, layout) }
    }
}
