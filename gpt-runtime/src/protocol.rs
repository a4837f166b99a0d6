//! How readers, changers and the hardware share a tree without a lock: states, orderings, races, and what is left to the
//! caller. There is no code here. `tests/loom.rs` lists which of these claims have a model that breaks when they are broken,
//! and which do not.
//!
//! # Who is there
//! *Readers* load entries under a guard and write nothing. *Changers* fill (map), edit (protect, remap, split, take dirty)
//! and take out (unmap). The *hardware* reads raw words at any time, knows nothing of guards, may hold what it read for
//! as long as nobody invalidates it, and sets accessed and dirty bits in pages. Any number of each may be at work on the
//! same addresses. The owner of a range, or of the tree, is a changer without rivals there; readers and hardware go on.
//!
//! # States of an item
//! An item is *absent*, a *page*, *special*, or a *table* entry with one child or several. Each change of state is one
//! atomic step on the item's word:
//!
//! | from | to | who | step |
//! |---|---|---|---|
//! | absent | page, special | map, `set_special` | compare-exchange from the absent word found; a store by the owner of the range |
//! | absent | table | map | compare-exchange, always: neighbours of a range share the tables above it |
//! | table | table with one child more or less | map, unlink | compare-exchange |
//! | table | absent | unlink | compare-exchange from a word that still leads to the dead child |
//! | page | other page | protect, remap, clear | compare-exchange; a store by the owner where the page is *settled* |
//! | page | table | split | compare-exchange from the very word that was copied |
//! | table | absent, then page | merge, by the owner of the range | compare-exchange; after an invalidation, a store |
//! | pages | items of one page | merge, by the owner of the range | compare-exchange for each; through absent where the format demands it |
//! | page, special | absent | unmap | compare-exchange; an exchange by the owner, or a store where the page is settled |
//!
//! A page is settled when the hardware has no bit left to set in it. All other steps compare the whole word, the bits of
//! the hardware included, or exchange it: a bit that the hardware sets before the step is in what the changer gets, and
//! one that it tries to set afterwards meets another word. So no accessed or dirty bit is lost, and none appears in a
//! word that another mapping wrote.
//!
//! That a page is settled is judged by its word. Hardware that still holds an older, writable translation of a page made
//! read-only may on some machines set a dirty bit late: whoever stores over a page must have paid what the change to
//! read-only owed. The types do not enforce that between two operations of the same owner.
//!
//! # States of a table and its header
//! A table is *aside* (allocated, filled, known to one thread), *live* (linked), *dead* (linked or not, and empty for
//! ever), *unlinked* (in an obligation), *retired* (in the reclaimer), and *free*. Its [`Header`](crate::Header) has one
//! word: the number of items that say something or are about to, and a mark for death.
//!
//! * **enter** adds, *before* items are filled, as many as may be; what was not filled is subtracted afterwards.
//! * **leave** subtracts, *after* items were emptied.
//! * So the number is never below the truth, and zero means that the table is empty and nobody is about to fill it.
//! * **kill** is a compare-exchange from zero to the mark: one thread wins, and every *enter* from then on sees the mark
//!   and takes its addition back.
//!
//! A dead table is taken out of its parent by the killer. A mapper that meets it first does so in its place: the link is
//! cleared by a compare-exchange, so whoever clears it owns the table, and puts it into its obligation. The parent's
//! number falls only when the entry became absent, not when one of two children went. A root has one extra count, and
//! never dies.
//!
//! Tables of one entry that *exclude* each other (one bit of the entry says which it is) are chosen by whoever links the
//! first: one whose pages can say all of the range below the entry. Whoever comes later fills what is there, or is
//! refused; an empty table is killed, as by an unmap, and gives way.
//!
//! A mapper may hold a count while the last page goes, and find that it has nothing to fill: then an empty table stays.
//! It is reachable, the next unmap over it takes it out, and dropping the tree frees it.
//!
//! # Tables that come
//! A missing table is built aside with its whole share of the range in it, then linked with release order. Readers load
//! entries with acquire order, and the hardware follows an address that it has read: whoever sees the link sees a table
//! that is filled. So a walk sees the old state (absent) or the new one (all pages of the share), and there is no moment
//! in which an entry leads to a table that is not ready. The loser of two linkers frees its own table, which nobody has
//! seen, takes back its count, and goes on in the winner's.
//!
//! Hardware that caches absent entries may know those of a table that was there before and went: nothing that was mapped
//! changed, so nothing was owed for them. They are asked about again when a table is linked there. So what is owed for a link
//! names the levels below it too, in steps of the pages that were put there.
//!
//! A split builds its table from the word that it read, and links it only if that word is still there. Before the step a
//! walk sees the large page, after it small pages that say the same. The loser frees its table and looks again.
//!
//! # Tables side by side
//! Where one entry leads to several tables for the same addresses, each for one size of pages, the earlier is heard first.
//! * Changes take turns between the tables in the order of addresses, so that a stop in one is a stop in all.
//! * Who put pages into one looks at the others once more, after a fence. Of two that map one address in two sizes at once
//!   at least one sees the other's, takes its own back, owes for it, and finds the address occupied; perhaps both do.
//! * An entry that gets another table may be in a cache without it: that is owed, though nothing was taken away.
//! * A page whose smaller pages lie in the table beside is split by the owner of all of it, who can invalidate in between: the
//!   small pages are put under the large one, the hardware is told of their table, and the large page is taken out by a
//!   compare-exchange from the word that was copied. Shared changes cannot: an unmap in between would hand back both.
//! * A reader that finds nothing in an earlier table loads the entry again before it looks into a later one: what left the
//!   earlier table since was put into the later one before, and so was the link.
//!
//! # Tables that go
//! *Detach, flush, wait, free*, each by its own type. The link is cleared; the table travels in the
//! [`Obligation`](crate::Obligation), whose range has an address that was translated through it; acknowledging says that the
//! hardware has forgotten it; the reclaimer keeps it until the readers that may hold it are gone. Every changer is a reader
//! too, so the address of a table that it has seen is not used for another one while it works: a compare-exchange
//! that finds the word it knows finds the same table.
//!
//! [`Epochs`](crate::Epochs) keep a table for three moves of the epoch, see `reclaim.rs`. What its orderings pair with:
//!
//! | here | with | so that |
//! |---|---|---|
//! | fence after a reader's addition | fence before a table is filed | the reader sees the link cleared, or is counted before the table is filed |
//! | fence after the epoch is read by its mover | fence after a reader's addition | a look that follows the filing sees that reader |
//! | release when a guard is dropped | acquire of the look | what the reader read, it read before the memory is used again |
//! | list taken before the move | compare-exchange of the move | what is freed was filed three moves before, not after |
//!
//! # Orderings of the rest
//!
//! | here | with | so that |
//! |---|---|---|
//! | release of a link | acquire of a load; the hardware's dependent read | the table is seen filled |
//! | release of a page, by compare-exchange or store | acquire of a load | what is in the page's memory is seen |
//! | [`written`](crate::Environment::written) of a table's items | the link, written after it | a walker beside the caches sees them clean |
//! | `written` of a link by whoever goes down through it to map | the return of that operation | what is below it is seen, also where who linked it has not announced it yet |
//! | fence after pages were put beside another table | the same of whoever fills that one | one of the two sees the other |
//! | fence after the last item of a run | fence of whoever finds a run in part | one of the two sees the other, see below |
//!
//! The order of *enter*, *leave* and *kill* among themselves needs no more than that all are changes of one word; their
//! acquire and release are not needed by anything here, and kept because they cost nothing where additions are ordered
//! anyway.
//!
//! # Pages of several items
//! No host changes sixteen items in one step. A run is put item by item, the first first, where all its items were
//! absent, and its items are taken out, edited or split in the same order. Each item is counted and reported by whoever
//! puts or takes it. Two that meet in one run find out:
//!
//! * Who puts a run looks at all of it once more when it is complete, after a fence. If an item was taken out or changed,
//!   the rest is made into pages of their own.
//! * Who finds a run in part (some items gone, or of another shape) looks at the rest again after a fence. Either this look
//!   finds what the other has put meanwhile, or the other's finds what was done here. A split goes over the items until
//!   it finds nothing to do.
//! * Who took out or edited all items of a run looks whether the earlier ones belong to a new run by now, whose later
//!   ones it took for those of the old: then the new run is split.
//!
//! A merge makes a run of items that are pages already. It has no rivals: `merge_run.rs` says why it must not.
//!
//! So no half of a run is left, each address has its own history of being mapped and unmapped in some order, and a
//! walker may see the items of one run changed one after the other, as all do who change it in place. Where the format
//! forbids to split a live run, an attempt to put one that others come in between is taken back, and owed for.
//!
//! # Races, and what the loser does
//!
//! | race | loser |
//! |---|---|
//! | map, map of the same address | finds it occupied, and says where |
//! | map, map below the same missing table | frees its table, goes on in the winner's |
//! | map into a table that is being emptied | *enter* succeeds: the table lives; or fails: the table is unlinked and made anew |
//! | unmap, unmap | finds it absent; each page is handed back once |
//! | unmap, unmap: who kills the table | the one whose *kill* succeeds unlinks; the other sees no zero |
//! | change, hardware sets a bit | applies the change to the new word |
//! | merge of items into one page, hardware sets a bit | looks again, and tells all items of the bit |
//! | change of a large page, split of it | looks again, and changes the small pages |
//! | split, split; split, unmap | frees its table, looks again |
//! | child linked beside a child that goes | compare-exchange on the entry, again with what is there |
//! | grow, grow | frees its root, finds the tree grown |
//! | map, map of one address in two sizes side by side | takes its pages back, finds it occupied |
//! | split beside, hardware sets a bit | takes the small pages back, looks again |
//!
//! # Why nothing waits
//! Every loop tries again only because a word changed, and a word changes because somebody else's operation took a step
//! that stays, or because the hardware set a bit, of which a page has two. Nobody holds anything that another needs: a
//! thread that stops for ever between two steps leaves at worst a count too high, so a table that stays, a dead table,
//! which others unlink, or a guard, so tables that are not freed. Memory is not freed by waiting but by whoever comes by
//! when it is due.
//!
//! One kind of host is excepted: where it has no atomic as wide as an entry, changes that share the tree claim the entry for
//! a few accesses, and a second change of it, or of another of the same stripe, waits for these. Readers and owners of a
//! range do not. `split_word.rs` says for how long, and what follows for code that interrupts.
//!
//! # What is left to the caller
//! * **One address mapped in two sizes at once**, in tables side by side, and unmapped by a third at that moment: what is taken
//!   back may have been handed back by the unmap already, and a page that somebody put at the same place again, with the
//!   same output address, may be taken for it. Who maps different sizes at one address at once has a mistake of his own.
//! * **A mapping in the span of a table that was just unlinked.** A walker that holds the old, empty table in a cache does
//!   not see what is mapped in the new one until whoever unlinked the old one has invalidated it. With
//!   [`EmptyTables::WhenCovered`](crate::EmptyTables::WhenCovered) this concerns only addresses that were just unmapped, which
//!   nobody should hand out again before they are invalidated. With
//!   [`EmptyTables::AtOnce`](crate::EmptyTables::AtOnce) it concerns neighbours too, whose mapper owes nothing and cannot know:
//!   with a walker that cannot fault and retry, pay before others map there, or do not use it. Nothing is freed too early
//!   either way, and once the debt is paid nothing stale is left; `tests/translation_cache.rs` follows such a walker.
//! * **Reports run inside the operation.** They may use the same tree: what they change was not yet looked at, or was
//!   already done.
