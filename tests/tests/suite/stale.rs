//! The walker that caches sees what it is for: a change that is not paid for leaves something stale, and one that is paid for
//! does not, in every way in which hardware is told.

use gpt_codegen::model::Flush;
use gpt_runtime::{AddressRange, PageTable};
use gpt_tests::{Cache, Either, Facts, How, Memory, Random, Says, Tested, Tree, Walked, checked, map, unmap};

pub fn check<F: Tested>() {
    let facts = Facts::new(checked(F::MODULE), 0);
    let says = Says::<F>::new(&facts, &mut Random::new(5));
    let mut memory = Memory::new(&facts.checked);
    let tree: Tree<'_, F> = PageTable::new(memory.tables(), Either::numbered(0)).unwrap();
    let attributes = says.module(&facts, &says.sets[0]);
    let small = 1_u64 << facts.smallest_lg2;
    let range = AddressRange::new(0, small).unwrap();
    let stated = [Flush::Page, Flush::Range, Flush::PowerOfTwo, Flush::Context].map(How::Stated);
    for how in stated.into_iter().chain([How::Levels]) {
        let mut cache = Cache::new(&facts, &says.events, Random::new(7));
        cache.how = how;
        let mapped = map(&tree, range, 0, &attributes, facts.sizes);
        cache.walk(&Walked::new(tree.environment(), tree.root()), 0);
        assert_eq!((mapped.stopped, cache.stale(&Walked::new(tree.environment(), tree.root()))), (None, None));
        let done = unmap(&tree, range, &mut |_| {});
        let after = Walked::new(tree.environment(), tree.root());
        assert!(cache.stale(&after).is_some(), "{}: {how:?} sees nothing that is stale", F::MODULE);
        cache.forget(done.owed.unwrap());
        assert_eq!(cache.stale(&after), None, "{} {how:?}", F::MODULE);
    }
}
