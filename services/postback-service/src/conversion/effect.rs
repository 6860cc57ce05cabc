//! What became of a postback, or of what somebody wanted, at the conversion it is about.

/// What a postback did to a conversion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// A new state.
    Changed,
    /// Nothing new was said.
    Nothing(Unchanged),
}

impl Effect {
    /// Whether the document is as it was, down to the list of judged postbacks.
    pub const fn is_replay(self) -> bool {
        matches!(
            self,
            Self::Nothing(
                Unchanged::ReplayedFirst | Unchanged::ReplayedChange | Unchanged::ReplayedDuplicate
            )
        )
    }
}

/// Why a postback changed nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unchanged {
    /// This very postback made the conversion.
    ReplayedFirst,
    /// This very postback changed the conversion.
    ReplayedChange,
    /// This very postback was judged before and changed nothing then.
    ReplayedDuplicate,
    /// Same status and money.
    Same,
    /// A confirmed or refused conversion does not become a lead again.
    StepBack,
    /// Judged again: a later postback says already what the conversion is now.
    Superseded,
    /// One conversion for each click, whose first amount stands.
    Kept,
    /// It was deleted by hand: what was said counts once it is restored.
    Deleted,
    /// The history is full.
    TooManyChanges,
}
