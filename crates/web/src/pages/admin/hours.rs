//! Bookable hours: as the form of a room shows them, as it sends them, and in words.

use rooms_core::FieldErrors;
use rooms_core::room::{BookableHours, DAY_MINUTES, DayHours};
use rooms_core::time::parse_time;
use rooms_views::admin::{HoursForm, HoursKind};

use crate::session::Fields;

/// The days from Monday: the key, its two fields, and how it is said in short.
const DAYS: [(&str, &str, &str, &str); 7] = [
    ("mon", "mon_from", "mon_until", "Mon"),
    ("tue", "tue_from", "tue_until", "Tue"),
    ("wed", "wed_from", "wed_until", "Wed"),
    ("thu", "thu_from", "thu_until", "Thu"),
    ("fri", "fri_from", "fri_until", "Fri"),
    ("sat", "sat_from", "sat_until", "Sat"),
    ("sun", "sun_from", "sun_until", "Sun"),
];

/// "Mon–Fri 07:30–19:00"; empty for all hours.
pub(super) fn words(hours: &BookableHours) -> String {
    if hours.always() {
        return String::new();
    }
    let mut runs: Vec<(usize, usize, DayHours)> = Vec::new();
    for (at, day) in hours.0.iter().enumerate() {
        let Some(day) = day else { continue };
        match runs.last_mut() {
            Some((_, last, same)) if *last + 1 == at && same == day => *last = at,
            _ => runs.push((at, at, *day)),
        }
    }
    let name = |at: usize| DAYS.get(at).map_or("", |(.., short)| short);
    let runs: Vec<String> = runs
        .into_iter()
        .map(|(first, last, day)| {
            let times = format!("{}–{}", clock(day.from), clock(day.to));
            if first == last {
                format!("{} {times}", name(first))
            } else {
                format!("{}–{} {times}", name(first), name(last))
            }
        })
        .collect();
    runs.join(", ")
}

fn clock(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

/// As a field of a form has it, where midnight at the end of the day is 00:00.
fn field(minute: u16) -> String {
    clock(minute % DAY_MINUTES)
}

/// The form of hours as they are.
pub(super) fn form(hours: &BookableHours) -> HoursForm {
    let mut form = HoursForm::always();
    if hours.always() {
        return form;
    }
    let mut open = hours.0.iter().flatten();
    let first = open.next().copied();
    let same = first.filter(|first| open.all(|day| day == first));
    form.kind = HoursKind::ByDay;
    if let Some(same) = same {
        form.kind = HoursKind::Same;
        form.from = field(same.from);
        form.until = field(same.to);
    }
    for (shown, day) in form.days.iter_mut().zip(&hours.0) {
        shown.open = day.is_some();
        shown.from = day.map_or_else(String::new, |day| field(day.from));
        shown.until = day.map_or_else(String::new, |day| field(day.to));
    }
    form
}

/// The form as it was typed.
pub(super) fn typed(fields: &Fields) -> HoursForm {
    let mut form = HoursForm::always();
    form.kind = match fields.get("hours") {
        "same" => HoursKind::Same,
        "by-day" => HoursKind::ByDay,
        _ => HoursKind::Always,
    };
    fields.get("from").clone_into(&mut form.from);
    fields.get("until").clone_into(&mut form.until);
    for (shown, (key, from, until, _)) in form.days.iter_mut().zip(DAYS) {
        shown.open = fields.all("days").any(|day| day == key);
        fields.get(from).clone_into(&mut shown.from);
        fields.get(until).clone_into(&mut shown.until);
    }
    form
}

/// Reads the hours of a form; all hours where it says nothing of them.
pub(super) fn parse(fields: &Fields) -> Result<BookableHours, FieldErrors> {
    match fields.get("hours") {
        "same" => same(fields),
        "by-day" => by_day(fields),
        _ => Ok(BookableHours::default()),
    }
}

fn same(fields: &Fields) -> Result<BookableHours, FieldErrors> {
    let mut errors = FieldErrors::default();
    let range = errors.keep(range(fields, "from", "until"));
    let mut hours = BookableHours([None; 7]);
    for (day, (key, ..)) in hours.0.iter_mut().zip(DAYS) {
        if fields.all("days").any(|chosen| chosen == key) {
            *day = range;
        }
    }
    if fields.all("days").next().is_none() {
        errors.add("days", "required", "Choose at least one day.");
    }
    errors.check().map(|()| hours)
}

fn by_day(fields: &Fields) -> Result<BookableHours, FieldErrors> {
    let mut errors = FieldErrors::default();
    let mut hours = BookableHours([None; 7]);
    for (day, (_, from, until, _)) in hours.0.iter_mut().zip(DAYS) {
        if !fields.get(from).is_empty() || !fields.get(until).is_empty() {
            *day = errors.keep(range(fields, from, until));
        }
    }
    if errors.is_empty() && hours.0.iter().all(Option::is_none) {
        let words = "Open it on at least one day, or retire the room.";
        errors.add("mon_from", "required", words);
    }
    errors.check().map(|()| hours)
}

fn range(
    fields: &Fields,
    from: &'static str,
    until: &'static str,
) -> Result<DayHours, FieldErrors> {
    let mut errors = FieldErrors::default();
    let opens = errors.keep(minute(from, fields.get(from)));
    let closes = errors.keep(minute(until, fields.get(until)));
    let (Some(opens), Some(closes)) = (opens, closes) else {
        return Err(errors);
    };
    let to = if closes == 0 { DAY_MINUTES } else { closes };
    if opens >= to {
        let words = "The end comes before the beginning.";
        return Err(FieldErrors::one(until, "reversed", words));
    }
    Ok(DayHours { from: opens, to })
}

fn minute(field: &'static str, text: &str) -> Result<u16, FieldErrors> {
    let minute = |time: jiff::civil::Time| {
        u16::try_from(i32::from(time.hour()) * 60 + i32::from(time.minute())).unwrap_or(0)
    };
    Ok(parse_time(field, text)?.map_or(DAY_MINUTES, minute))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(query: &str) -> Result<BookableHours, FieldErrors> {
        parse(&Fields::parse(query.as_bytes()))
    }

    #[test]
    fn hours_come_back_as_they_were_given() {
        let office = hours("hours=same&days=mon&days=tue&days=wed&from=07:30&until=19:00").unwrap();
        assert_eq!(words(&office), "Mon–Wed 07:30–19:00");
        let shown = form(&office);
        assert_eq!(shown.kind, HoursKind::Same);
        assert_eq!(
            (shown.from.as_str(), shown.until.as_str()),
            ("07:30", "19:00")
        );
        assert_eq!(shown.days.iter().filter(|day| day.open).count(), 3);

        let mixed =
            hours("hours=by-day&mon_from=08:00&mon_until=00:00&sat_from=10:00&sat_until=12:00");
        let mixed = mixed.unwrap();
        assert_eq!(words(&mixed), "Mon 08:00–24:00, Sat 10:00–12:00");
        assert_eq!(form(&mixed).kind, HoursKind::ByDay);
        assert!(hours("hours=always").unwrap().always());
    }

    #[test]
    fn what_cannot_be_is_said_beside_its_field() {
        let wrong = |query: &str| hours(query).unwrap_err().0.first().map(|e| e.field);
        assert_eq!(
            wrong("hours=same&days=mon&from=19:00&until=08:00"),
            Some("until")
        );
        assert_eq!(wrong("hours=same&from=08:00&until=19:00"), Some("days"));
        assert_eq!(
            wrong("hours=by-day&tue_from=8&tue_until=09:00"),
            Some("tue_from")
        );
        assert_eq!(wrong("hours=by-day"), Some("mon_from"));
    }
}
