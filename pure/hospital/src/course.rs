//! The course of one episode: from the reports of it, in whatever order they came, to who cares
//! when.
//!
//! INVARIANT: (6) same log, same state: the course follows from the set of the reports alone. They
//! are read in the order in which they were told; of when each speaks decides where it lies in time.

use event::{CareKey, EpisodeReport, EpisodeStep, Member, PersonId, Timestamp, UnitId};

use crate::succession::{Row, succeed};

/// The role of those whom an administration system names as being in charge.
pub(crate) const ATTENDING: &str = "attending";

/// What follows from the reports of one episode.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Course {
    /// The number of the patient whose episode it is.
    pub(crate) patient: u32,
    /// Which units care, and when.
    pub(crate) stays: Vec<Row<UnitId>>,
    /// Who takes part as what, and when.
    pub(crate) members: Vec<Row<(Member, String)>>,
    /// What the episode is, as people read it.
    pub(crate) kind: String,
}

impl Course {
    /// Reads the reports, which are in their own order.
    pub(crate) fn of(reports: &[EpisodeReport<u32>]) -> Self {
        let mut course = Self {
            kind: "stay".to_owned(),
            ..Self::default()
        };
        let mut timeline = Timeline::default();
        for report in reports {
            course.patient = report.patient;
            match &report.step {
                EpisodeStep::Whole(state) => {
                    course.kind.clone_from(&state.kind);
                    let stays = state.stays.iter().map(|it| Row {
                        value: it.unit.clone(),
                        from: it.from,
                        until: it.until,
                    });
                    let members = state.members.iter().map(|it| Row {
                        value: (it.who.clone(), it.role.clone()),
                        from: it.from,
                        until: it.until,
                    });
                    if state.void {
                        course.stays.clear();
                        course.members.clear();
                    }
                    succeed(&mut course.stays, stays.collect(), report.told);
                    succeed(&mut course.members, members.collect(), report.told);
                }
                _ => timeline.tell(report),
            }
        }
        timeline.write(&mut course);
        course
    }
}

/// What holds from an instant on.
#[derive(Debug)]
struct Point<'a> {
    at: Timestamp,
    what: What<'a>,
    movement: Option<CareKey>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What<'a> {
    /// The patient is there; without units, where they were.
    Here {
        units: &'a [UnitId],
        attending: &'a [PersonId],
        begins: bool,
    },
    /// Others are in charge.
    Attending(&'a [PersonId]),
    /// The patient is gone.
    Gone,
}

/// The movements of a stay that stand, in the order in which they were told.
#[derive(Debug, Default)]
struct Timeline<'a> {
    points: Vec<Point<'a>>,
    /// The stay is only expected, or was cancelled: a correction does not bring the patient there.
    absent: bool,
}

impl<'a> Timeline<'a> {
    fn tell(&mut self, report: &'a EpisodeReport<u32>) {
        match &report.step {
            EpisodeStep::Plan => self.absent |= self.points.is_empty(),
            EpisodeStep::Begin => self.begin(report),
            EpisodeStep::Move => self.go(report),
            EpisodeStep::End => self.end(report),
            EpisodeStep::Correct { ended } => self.correct(report, *ended),
            EpisodeStep::CancelBegin => self.cancel_begin(report),
            EpisodeStep::CancelMove => self.cancel(report, What::is_move),
            EpisodeStep::CancelEnd => self.cancel(report, What::is_gone),
            EpisodeStep::Owner | EpisodeStep::Whole(_) => {}
        }
    }

    fn begin(&mut self, report: &'a EpisodeReport<u32>) {
        self.absent = false;
        let point = Point::here(report, true);
        // Told again it is a correction; after an end it is another period of the same stay.
        let again = self.last_begin().filter(|begin| {
            let between = begin.at..=report.at;
            let mut gone = self.points.iter().filter(|it| it.what.is_gone());
            !gone.any(|it| between.contains(&it.at))
        });
        let again = again.map(|begin| begin.at);
        self.put(point, |it| it.what.begins() && Some(it.at) == again);
    }

    fn go(&mut self, report: &'a EpisodeReport<u32>) {
        self.absent = false;
        self.fill_in(report);
        self.put(Point::here(report, false), |it| {
            it.what.is_move() && it.at == report.at
        });
    }

    fn end(&mut self, report: &'a EpisodeReport<u32>) {
        self.absent = false;
        self.fill_in(report);
        self.gone(report.at, report.movement);
    }

    /// The first period may be told by what comes later only: its own message was lost.
    fn fill_in(&mut self, report: &'a EpisodeReport<u32>) {
        let Some(began) = report.began.filter(|began| *began < report.at) else {
            return;
        };
        if report.prior.is_empty() || self.points.iter().any(|it| it.at <= began) {
            return;
        }
        if self.last_begin().is_none() {
            self.points.push(Point {
                at: began,
                what: What::Here {
                    units: &report.prior,
                    attending: &[],
                    begins: true,
                },
                movement: None,
            });
        }
    }

    fn gone(&mut self, at: Timestamp, movement: Option<CareKey>) {
        let period = self.period_of(at);
        let point = Point {
            at,
            what: What::Gone,
            movement,
        };
        self.put(point, |it| it.what.is_gone() && period.contains(it.at));
    }

    fn correct(&mut self, report: &'a EpisodeReport<u32>, ended: Option<Timestamp>) {
        let mut points = self.points.iter_mut();
        if let Some(point) = points.find(|it| it.is_movement(report.movement)) {
            point.at = report.at;
            point.what.set_units(&report.units);
            return;
        }
        if self.absent {
            return;
        }
        if !self.points.iter().any(|it| it.what.is_here()) {
            let mut point = Point::here(report, true);
            point.at = report.began.unwrap_or(report.at);
            self.points.push(point);
        } else {
            self.correct_what_is_there(report);
        }
        if let Some(ended) = ended {
            self.gone(ended, None);
        }
    }

    fn correct_what_is_there(&mut self, report: &'a EpisodeReport<u32>) {
        let period = self.period_of(report.at);
        let mut points = self.points.iter_mut();
        let begin = points.find(|it| it.what.begins() && period.from == Some(it.at));
        if let (Some(begin), Some(began)) = (begin, report.began) {
            begin.at = began;
        }
        if !report.units.is_empty() {
            let here = self.points.iter_mut().filter(|it| it.what.is_here());
            // Of two at one instant this is the one that was told last.
            let last = here.filter(|it| it.at <= report.at).max_by_key(|it| it.at);
            if let Some(point) = last {
                point.what.set_units(&report.units);
            }
        }
        if !report.attending.is_empty() {
            self.points.push(Point {
                at: report.at,
                what: What::Attending(&report.attending),
                movement: None,
            });
        }
    }

    fn cancel_begin(&mut self, report: &'a EpisodeReport<u32>) {
        let begins = || self.points.iter().filter(|it| it.what.begins());
        let named = begins().find(|it| it.is_movement(report.movement));
        let there = || begins().find(|it| it.at == report.at);
        let begin = named.or_else(there).or_else(|| self.last_begin());
        match begin.map(|begin| begin.at) {
            Some(at) => {
                let period = self.period_of(at);
                self.points.retain(|it| !period.contains(it.at));
            }
            None => self.points.clear(),
        }
        self.absent = self.points.is_empty();
    }

    /// Takes one movement away: the one with this number, or of this instant, or the last.
    fn cancel(&mut self, report: &'a EpisodeReport<u32>, of: fn(&What<'a>) -> bool) {
        let all = || self.points.iter().enumerate();
        let named = all().find(|(_, it)| it.is_movement(report.movement));
        let there = || all().find(|(_, it)| of(&it.what) && it.at == report.at);
        let last = || {
            all()
                .filter(|(_, it)| of(&it.what))
                .max_by_key(|(_, it)| it.at)
        };
        let found = named.or_else(there).or_else(last);
        match found.map(|(index, point)| (index, point.what.begins())) {
            Some((_, true)) => self.cancel_begin(report),
            Some((index, false)) => {
                self.points.remove(index);
            }
            None => {}
        }
    }

    /// Puts a point in the place of the one with its number, or of `same`, or behind all.
    fn put(&mut self, point: Point<'a>, same: impl Fn(&Point<'a>) -> bool) {
        let all = || self.points.iter();
        let named = all().position(|it| it.is_movement(point.movement));
        let place = named.or_else(|| all().position(same));
        if let Some(index) = place {
            self.points.remove(index);
        }
        self.points.push(point);
    }

    fn last_begin(&self) -> Option<&Point<'a>> {
        let begins = self.points.iter().filter(|it| it.what.begins());
        begins.max_by_key(|it| it.at)
    }

    /// From the last beginning at or before an instant to the next one.
    fn period_of(&self, at: Timestamp) -> Period {
        let begins = || self.points.iter().filter(|it| it.what.begins());
        Period {
            from: begins().map(|it| it.at).filter(|it| *it <= at).max(),
            next: begins().map(|it| it.at).filter(|it| *it > at).min(),
        }
    }

    /// Writes down what holds from point to point.
    fn write(mut self, course: &mut Course) {
        self.points.sort_by_key(|it| it.at);
        let mut now = Now::default();
        for point in &self.points {
            now.turn(point, course);
        }
        now.leave(None, course);
    }
}

/// A period of a stay.
#[derive(Debug, Clone, Copy)]
struct Period {
    from: Option<Timestamp>,
    next: Option<Timestamp>,
}

impl Period {
    fn contains(self, at: Timestamp) -> bool {
        self.from.is_none_or(|from| from <= at) && self.next.is_none_or(|next| at < next)
    }
}

impl<'a> Point<'a> {
    fn here(report: &'a EpisodeReport<u32>, begins: bool) -> Self {
        Self {
            at: report.at,
            what: What::Here {
                units: &report.units,
                attending: &report.attending,
                begins,
            },
            movement: report.movement,
        }
    }

    fn is_movement(&self, movement: Option<CareKey>) -> bool {
        movement.is_some() && self.movement == movement
    }
}

impl<'a> What<'a> {
    fn begins(&self) -> bool {
        matches!(self, Self::Here { begins: true, .. })
    }

    fn is_here(&self) -> bool {
        matches!(self, Self::Here { .. })
    }

    fn is_move(&self) -> bool {
        matches!(self, Self::Here { begins: false, .. })
    }

    fn is_gone(&self) -> bool {
        *self == Self::Gone
    }

    fn set_units(&mut self, new: &'a [UnitId]) {
        if let Self::Here { units, .. } = self
            && !new.is_empty()
        {
            *units = new;
        }
    }
}

/// What holds while the timeline is read.
#[derive(Debug, Default)]
struct Now<'a> {
    present: bool,
    units: Vec<(&'a UnitId, Timestamp)>,
    attending: Vec<(&'a PersonId, Timestamp)>,
}

impl<'a> Now<'a> {
    fn turn(&mut self, point: &Point<'a>, course: &mut Course) {
        match point.what {
            What::Gone => self.leave(Some(point.at), course),
            What::Attending(attending) => {
                if self.present {
                    self.attend(attending, point.at, course);
                }
            }
            What::Here {
                units, attending, ..
            } => {
                self.present = true;
                if !units.is_empty() {
                    self.go(units, point.at, course);
                }
                if !attending.is_empty() {
                    self.attend(attending, point.at, course);
                }
            }
        }
    }

    fn go(&mut self, units: &'a [UnitId], at: Timestamp, course: &mut Course) {
        self.units.retain(|(unit, from)| {
            let stays = units.contains(unit);
            if !stays {
                put_stay(course, unit, *from, Some(at));
            }
            stays
        });
        for unit in units {
            if !self.units.iter().any(|(known, _)| *known == unit) {
                self.units.push((unit, at));
            }
        }
    }

    fn attend(&mut self, attending: &'a [PersonId], at: Timestamp, course: &mut Course) {
        self.attending.retain(|(person, from)| {
            let stays = attending.contains(person);
            if !stays {
                put_member(course, person, *from, Some(at));
            }
            stays
        });
        for person in attending {
            if !self.attending.iter().any(|(known, _)| *known == person) {
                self.attending.push((person, at));
            }
        }
    }

    fn leave(&mut self, at: Option<Timestamp>, course: &mut Course) {
        self.present = false;
        for (unit, from) in self.units.drain(..) {
            put_stay(course, unit, from, at);
        }
        for (person, from) in self.attending.drain(..) {
            put_member(course, person, from, at);
        }
    }
}

fn put_stay(course: &mut Course, unit: &UnitId, from: Timestamp, until: Option<Timestamp>) {
    if until.is_none_or(|until| from < until) {
        course.stays.push(Row {
            value: unit.clone(),
            from,
            until,
        });
    }
}

fn put_member(course: &mut Course, who: &PersonId, from: Timestamp, until: Option<Timestamp>) {
    if until.is_none_or(|until| from < until) {
        course.members.push(Row {
            value: (Member::Person(who.clone()), ATTENDING.to_owned()),
            from,
            until,
        });
    }
}

#[cfg(test)]
mod tests;
