//! Page-table formats described on Rust types.

use proc_macro::TokenStream;

/// Describes a page-table format on the type that is its decoded entry.
///
/// The type gets `decode` and `encode`, and beside it a module with everything that the runtime needs, named after the
/// format: for `X86_64` that is `x86_64`.
///
/// ```
/// use gpt_macros::PageTable;
///
/// /// Toy paging.
/// #[derive(PageTable, Clone, Copy, Debug, PartialEq)]
/// #[page_table(
///     manual = "Toy Computer Manual, revision 3, section 2.1",
///     va(32 bits),
///     pa(36 bits, at most),
///     entry(32 bits, little-endian),
///     levels(31:22 DIR; 21:12 TAB),
///     tlb(caches(table, page), flush(page)),
/// )]
/// pub enum Toy {
///     #[at(DIR, TAB)]
///     #[bits(31:1 free; 0 V = 0)]
///     Absent,
///     #[at(DIR)]
///     #[bits(7:1 zero; 0 V = 1)]
///     Table {
///         #[bits(31:8 ADDR table[35:12])]
///         table: u64,
///     },
///     #[at(TAB)]
///     #[bits(7:4 zero; 0 V = 1)]
///     Page {
///         #[bits(31:8 ADDR page[35:12])]
///         page: u64,
///         #[bits(3 D dirty [hw])]
///         dirty: bool,
///         #[bits(2 A accessed [hw])]
///         accessed: bool,
///         #[bits(1 RO not write)]
///         write: bool,
///     },
/// }
///
/// // V and RO are set: a page that may not be written.
/// let entry = Toy::decode(1, 0x1203);
/// assert_eq!(entry, Some(Toy::Page { page: 0x1_2000, dirty: false, accessed: false, write: false }));
/// ```
///
/// # Rows
///
/// `#[bits(…)]` holds rows, each the sentence that a description in YAML has: the bits, the manual's name, and what
/// they are. Rows that hold something stand on the field that they fill, whatever its name; `zero`, constants and
/// bits that nobody reads stand on the variant. Several rows are separated by `;`. A field is a `bool`, an unsigned
/// integer, or, for values that have names, an enum of your own whose variants are called like the codes.
///
/// # Attributes of a variant
///
/// | attribute | meaning |
/// |---|---|
/// | `#[at(PD, PT)]` | the levels at which it occurs |
/// | `#[bits(20:13 zero; 0 P = 1)]` | its rows that have no field |
/// | `#[is(special)]` | what it is, if its rows and its name do not say |
/// | `#[like(Page1g)]` | takes the rows of another variant; a field without a row is that of the same name there |
/// | `#[when(R or X and not W)]` | which words are of this kind, beyond the constants |
/// | `#[run(16 items, same address)]` | so many items make one entry |
/// | `#[reach(32 bits)]` | addresses in this entry are narrower |
/// | `#[present(BIG: BIG_VALID; SMALL: SMALL_VALID)]` | when each of two tables is there |
///
/// A variant with a `sized` address row has a field `size_lg2: u8`.
///
/// # Structs
///
/// Where one layout serves all levels the type can be a struct, whose rows every kind takes unless its own touch them.
/// Each kind is an attribute `#[kind(page, at(TAB), bits(0 V = 1))]` with the keys of a variant, and the field `kind`
/// says which it is; its type is declared by the derive.
///
/// # Attributes of the type
///
/// `#[page_table(…)]` takes `manual`, `va`, `pa`, `entry`, `levels`, and, where needed, `format` (the name of the type
/// in lower case if left out), `about` (the first line of the documentation), `checked_by`, `roots(PML5, PML4)`,
/// `codes(pbmt(0 pma; 1 nc; 2 io))`, `tlb(caches(table, page), flush(page), replace(in-place), walker(coherent),
/// reload(PDPT))`; `module = name` for another name of the module; `runtime = ::path` where `gpt-runtime` has another
/// name; and `file = "foo.yaml"`, with the feature `yaml`, instead of a description: variants are then called like the
/// kinds of the file, and fields like its meanings.
///
/// # What is lost
///
/// Encoding what was decoded gives the same word but for bits that no field holds: those are as an empty entry has
/// them.
#[proc_macro_derive(PageTable, attributes(page_table, kind, at, bits, is, like, when, run, reach, present))]
pub fn page_table(item: TokenStream) -> TokenStream {
    gpt_codegen::derive(item.into()).into()
}
