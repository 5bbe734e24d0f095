//! Large graphs, drawn at random.
