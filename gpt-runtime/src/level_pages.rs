//! The pages of a level: what the section `pages` of [`level!`](crate::level) becomes.

use crate::format::PageShape;

/// The methods about pages. Where all pages of a level say what they say in one way, nothing asks which page it is.
#[doc(hidden)]
#[macro_export]
macro_rules! level_pages {
    (@pages $format:ident $word:ident $type:ident [$of:ident $by:ident] {
        $($number:literal $entry:ident $size:literal $(by $items:literal $($own:ident)?)?, $when:expr;)+
    }) => {
        $crate::level_pages! { @shapes $word $type { $($number $entry $size [$($items)?] [$($($own)?)?], $when;)+ } }

        // Whoever does not look at what a page says does not pay for it.
        #[inline(always)]
        fn attributes($word: $type) -> <$format as $crate::Format>::Attributes {
            $of::attributes($word)
        }

        #[inline]
        fn encode_page(
            shape: usize,
            address: u64,
            attributes: &<$format as $crate::Format>::Attributes,
        ) -> Option<$type> {
            match shape {
                $($number => $of::with_attributes($entry::new(address)?.word(), attributes),)+
                _ => None,
            }
        }

        #[inline]
        fn advance(_: usize, $word: $type, bytes: u64) -> $type {
            $by($word).advanced(bytes).word()
        }

        #[inline]
        fn change($word: $type, change: &<$format as $crate::Format>::Change) -> Option<$type> {
            $of::with_change($word, change)
        }

        $crate::level_pages! { @events $word $type $of }
    };
    (@pages $format:ident $word:ident $type:ident [] {
        $(
            $number:literal $entry:ident $size:literal $(by $items:literal $($own:ident)?)?, $when:expr,
            as $of:ident by $by:ident;
        )+
    }) => {
        $crate::level_pages! { @shapes $word $type { $($number $entry $size [$($items)?] [$($($own)?)?], $when;)+ } }

        // Whoever does not look at what a page says does not pay for it.
        #[inline(always)]
        fn attributes($word: $type) -> <$format as $crate::Format>::Attributes {
            match <Self as $crate::Level>::page_shape($word) {
                $($number => $of::attributes($word),)+
                _ => <$format as $crate::Format>::Attributes::default(),
            }
        }

        #[inline]
        fn encode_page(
            shape: usize,
            address: u64,
            attributes: &<$format as $crate::Format>::Attributes,
        ) -> Option<$type> {
            match shape {
                $($number => $of::with_attributes($entry::new(address)?.word(), attributes),)+
                _ => None,
            }
        }

        #[inline]
        fn advance(shape: usize, $word: $type, bytes: u64) -> $type {
            match shape {
                $($number => $by($word).advanced(bytes).word(),)+
                _ => $word,
            }
        }

        #[inline]
        fn change($word: $type, change: &<$format as $crate::Format>::Change) -> Option<$type> {
            match <Self as $crate::Level>::page_shape($word) {
                $($number => $of::with_change($word, change),)+
                _ => None,
            }
        }

        $crate::level_pages! { @events $word $type $($number $of)+ }
    };
    (@shapes $word:ident $type:ident {
        $($number:literal $entry:ident $size:literal [$($items:literal)?] [$($own:ident)?], $when:expr;)+
    }) => {
        const PAGES: &'static [$crate::PageShape] = &$crate::page_shapes([
            $(($number, $crate::PageShape {
                size_lg2: $size,
                items_lg2: 0 $(+ $items)?,
                own_address: $crate::level_pages!(@own $($own)?),
            })),+
        ]);

        #[inline]
        fn page_shape($word: $type) -> usize {
            $(if $when { $number } else)+ { 0 }
        }

        #[inline]
        fn page_address($word: $type) -> u64 {
            match <Self as $crate::Level>::page_shape($word) {
                $($number => $entry($word).page(),)+
                _ => 0,
            }
        }
    };
    (@own) => { false };
    (@own own) => { true };
    (@events $word:ident $type:ident $of:ident) => {
        #[inline]
        fn without_accessed($word: $type) -> $type {
            $word & !($of::EVENTS.accessed.set as $type) | $of::EVENTS.accessed.cleared as $type
        }

        #[inline]
        fn without_dirty($word: $type) -> $type {
            $word & !($of::EVENTS.dirty.set as $type) | $of::EVENTS.dirty.cleared as $type
        }

        #[inline]
        fn settled($word: $type) -> bool {
            $word & ($of::EVENTS.hardware.set | $of::EVENTS.hardware.cleared) as $type
                == $of::EVENTS.hardware.set as $type
        }

        #[inline]
        fn absorb($word: $type, other: $type) -> $type {
            ($word | other & $of::EVENTS.hardware.set as $type) & (other | !($of::EVENTS.hardware.cleared as $type))
        }
    };
    (@events $word:ident $type:ident $($number:literal $of:ident)+) => {
        #[inline]
        fn without_accessed($word: $type) -> $type {
            match <Self as $crate::Level>::page_shape($word) {
                $($number => $word & !($of::EVENTS.accessed.set as $type) | $of::EVENTS.accessed.cleared as $type,)+
                _ => $word,
            }
        }

        #[inline]
        fn without_dirty($word: $type) -> $type {
            match <Self as $crate::Level>::page_shape($word) {
                $($number => $word & !($of::EVENTS.dirty.set as $type) | $of::EVENTS.dirty.cleared as $type,)+
                _ => $word,
            }
        }

        #[inline]
        fn settled($word: $type) -> bool {
            match <Self as $crate::Level>::page_shape($word) {
                $($number => {
                    $word & ($of::EVENTS.hardware.set | $of::EVENTS.hardware.cleared) as $type
                        == $of::EVENTS.hardware.set as $type
                })+
                _ => true,
            }
        }

        #[inline]
        fn absorb($word: $type, other: $type) -> $type {
            match <Self as $crate::Level>::page_shape($word) {
                $($number => {
                    ($word | other & $of::EVENTS.hardware.set as $type)
                        & (other | !($of::EVENTS.hardware.cleared as $type))
                })+
                _ => $word,
            }
        }
    };
}

/// The shapes in the order of their numbers.
#[doc(hidden)]
#[must_use]
pub const fn page_shapes<const COUNT: usize>(numbered: [(usize, PageShape); COUNT]) -> [PageShape; COUNT] {
    let mut shapes = [PageShape { size_lg2: 0, items_lg2: 0, own_address: false }; COUNT];
    let mut place = 0;
    while place < COUNT {
        let (number, shape) = numbered[place];
        shapes[number] = shape;
        place += 1;
    }
    shapes
}
