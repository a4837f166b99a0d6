//! Random histories in every mode, compared after each step with intervals and with the interpreter on the same bytes.
//!
//! ```text
//!  range (where) ─▶ step (one operation, what it should do) ─▶ reference ─▶ compare (after each step)
//! ```

mod breaking;
mod change;
mod compare;
mod fill;
mod merge;
mod mode;
mod range;
mod special;
mod take;

use gpt_runtime::{EmptyTables, PageTable, Reason};
use gpt_tests::{
    Cache, Done, Either, Facts, Memory, Random, Reference, Says, Tested, Tree, View, Walked, checked, share,
};

use mode::Mode;

/// How many steps a whole history has.
const STEPS: usize = 50;

pub fn check<F: Tested>() {
    let rounds: u64 = std::env::var("GPT_SEEDS").map_or(1, |text| text.parse().expect("GPT_SEEDS is a number"));
    let checked = checked(F::MODULE);
    let roots = checked.format().roots.len() as u64;
    let policies = [EmptyTables::AtOnce, EmptyTables::WhenCovered, EmptyTables::Never];
    for round in 0..rounds {
        for (number, mode) in Mode::ALL.into_iter().enumerate() {
            let seed = round * Mode::ALL.len() as u64 + number as u64;
            let facts = Facts::new(checked.clone(), (seed % roots) as usize);
            let mut random = Random::new(seed + 1);
            let says = Says::<F>::new(&facts, &mut random);
            let mut memory = Memory::new(&facts.checked);
            let reclaim = Either::numbered(seed / 2);
            let tree = PageTable::with_root_level(memory.tables(), reclaim, facts.root.0 as u8).unwrap();
            let empty_tables = policies[(seed % 3) as usize];
            let places = range::places(&facts, &mut random);
            let steps = Steps { seed, mode, empty_tables, log: Vec::new() };
            let reference = Reference::default();
            let (facts, says, last) = (&facts, &says, None);
            let cache = Cache::new(facts, &says.events, Random::new(!seed));
            let mut history = History { tree, facts, says, reference, cache, random, places, last, steps };
            history.run();
        }
    }
}

/// A tree and what it should map.
struct History<'m, F: Tested> {
    tree: Tree<'m, F>,
    facts: &'m Facts,
    says: &'m Says<F>,
    reference: Reference,
    /// What the hardware knows, which must not be stale once what was owed is paid.
    cache: Cache<'m>,
    random: Random,
    /// Where in the input space something is done.
    places: Vec<u64>,
    /// Where something was done last.
    last: Option<range::Range>,
    steps: Steps,
}

/// What was done so far; printed where a test fails.
struct Steps {
    seed: u64,
    mode: Mode,
    empty_tables: EmptyTables,
    log: Vec<String>,
}

impl Drop for Steps {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let Self { seed, mode, empty_tables, log } = self;
            eprintln!("seed {seed}, {mode:?}, {empty_tables:?}, step {}; the last steps:", log.len());
            log.iter().rev().take(12).rev().for_each(|step| eprintln!("    {step}"));
        }
    }
}

impl<'m, F: Tested> History<'m, F> {
    fn run(&mut self) {
        for number in 0..(STEPS / share()).max(4) {
            self.use_some();
            match self.random.below(16) {
                0..5 => self.map(),
                5..8 => self.unmap(),
                8 | 9 => self.protect(),
                10 => self.remap(),
                11 => self.split(),
                12 => self.clear(),
                13 => self.special(),
                14 => self.merge(),
                _ => self.touch(),
            }
            self.cache.assert_fresh(&Walked::new(self.tree.environment(), self.tree.root()));
            let everywhere = number % 12 == 11;
            self.compare(everywhere);
            if everywhere {
                self.compare_all();
            }
        }
        self.take_all();
    }

    /// The hardware uses some addresses, mostly where something was done, and remembers what it read.
    fn use_some(&mut self) {
        let pieces: Vec<_> = self.reference.all().cloned().collect();
        let mut addresses = self.places.clone();
        addresses.extend(self.last.iter().flat_map(|range| [range.first, range.last, range.last.wrapping_add(1)]));
        for _ in 0..8 {
            let random = self.cache.random();
            if let Some(piece) = random.pick(&pieces) {
                addresses.push(piece.first + random.any() % (piece.last - piece.first).max(1));
            }
        }
        let memory = Walked::new(self.tree.environment(), self.tree.root());
        addresses.into_iter().for_each(|va| self.cache.walk(&memory, va));
    }

    /// Carries out what an operation owed: the hardware forgets it.
    fn pay(&mut self, done: Done) -> Done {
        done.owed.into_iter().for_each(|owed| self.cache.forget(owed));
        done
    }

    /// Says what is about to be done.
    fn log(&mut self, step: impl Into<String>) {
        self.steps.log.push(step.into());
    }

    /// The tables as the hardware sees them now.
    fn view(&self) -> View<'m> {
        View::new(self.facts, self.tree.environment().seen(), self.tree.root())
    }

    /// How far an operation that changes pages came: all of the range, or up to where something is not allowed that way.
    fn until(&self, done: &Done, range: range::Range, before: &View<'_>) -> Option<u64> {
        let Some((reason, at)) = done.stopped else { return Some(range.last) };
        let unsplittable = self.cut(range, before).into_iter().any(|splits| !splits);
        let may_stop = unsplittable || !self.facts.in_place();
        let known = matches!(reason, Reason::BreakBeforeMake | Reason::NotEncodable);
        assert!(may_stop && known, "{} stopped at {at:#x}: {reason:?}", F::MODULE);
        assert!((range.first..=range.last).contains(&at));
        (at > range.first).then(|| at - 1)
    }

    /// The pages that lie only partly in a range: for each whether smaller pages can take its place.
    fn cut(&self, range: range::Range, before: &View<'_>) -> Vec<bool> {
        let edges = [range.first, range.last].into_iter().filter_map(|va| before.at(va).ok());
        let partly = edges.filter(|page| page.first < range.first || page.last > range.last);
        // A page may be split step by step, and what it is split into may be what cannot be split further.
        let small = self.facts.smallest_lg2;
        let splits = |size_lg2: u32| {
            let mut on_the_way =
                self.facts.pages.iter().filter(|page| page.size_lg2 <= size_lg2 && page.size_lg2 > small);
            on_the_way.all(|page| page.splits)
        };
        partly.map(|page| splits(page.size_lg2)).collect()
    }
}
