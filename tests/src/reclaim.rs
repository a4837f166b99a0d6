//! Both ways to wait for readers in one type, so that every test goes through both and is compiled once.
#![allow(unsafe_code)]

use gpt_runtime::{EpochGuard, Epochs, Reclaim, SingleThread, Tables};

/// Counted epochs, or nothing at all.
#[derive(Debug)]
pub enum Either {
    /// Readers are counted by epoch.
    Epochs(Box<Epochs>),
    /// There is one thread only.
    SingleThread(SingleThread),
}

impl Either {
    /// Epochs for an even number, a single thread for an odd one.
    pub fn numbered(number: u64) -> Self {
        if number.is_multiple_of(2) {
            Self::Epochs(Box::new(Epochs::new()))
        } else {
            Self::SingleThread(SingleThread::default())
        }
    }
}

// SAFETY: each variant hands everything to one implementation that keeps the promise; a value never changes its variant.
unsafe impl Reclaim for Either {
    type Guard<'a> = Option<EpochGuard<'a>>;

    fn pin(&self) -> Self::Guard<'_> {
        match self {
            Self::Epochs(epochs) => Some(epochs.pin()),
            Self::SingleThread(_) => None,
        }
    }

    fn retire(&self, tables: Tables) {
        match self {
            Self::Epochs(epochs) => epochs.retire(tables),
            Self::SingleThread(single) => single.retire(tables),
        }
    }

    fn ready(&self) -> Tables {
        match self {
            Self::Epochs(epochs) => epochs.ready(),
            Self::SingleThread(single) => single.ready(),
        }
    }

    fn drain(&mut self) -> Tables {
        match self {
            Self::Epochs(epochs) => epochs.drain(),
            Self::SingleThread(single) => single.drain(),
        }
    }
}
