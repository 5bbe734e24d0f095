//! A theatre, its ventilation, and what may be done while an operation runs.
