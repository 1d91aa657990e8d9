//! Lists, pages, filters, free rooms.

use serde_json::{Value, json};

use crate::support::{House, at, pointers, text};

fn ids(page: &Value) -> Vec<String> {
    let items = page["items"].as_array().unwrap();
    items
        .iter()
        .map(|item| text(&item["id"]).to_owned())
        .collect()
}

async fn all(api: &rooms_testkit::Api, path: &str, limit: usize) -> Vec<String> {
    let mut found = Vec::new();
    let mut next = String::new();
    loop {
        let page = api.get(&format!("{path}limit={limit}{next}")).await.ok(200);
        let items = ids(&page);
        assert!(items.len() <= limit);
        found.extend(items);
        match page["next_cursor"].as_str() {
            Some(cursor) => next = format!("&cursor={cursor}"),
            None => return found,
        }
    }
}

#[tokio::test]
async fn bookings_are_listed_by_start_page_by_page() {
    let house = House::new().await;
    let second = house.app.room(&house.company, "Birke").await;
    let mut made = Vec::new();
    for hours in [5, 1, 3, 2, 4] {
        made.push((hours, text(&house.booked(hours).await.1["id"]).to_owned()));
    }
    made.sort_unstable();
    let expected: Vec<String> = made.into_iter().map(|(_, id)| id).collect();
    for limit in [1, 2, 5, 500] {
        assert_eq!(all(&house.jonas(), "bookings?", limit).await, expected);
    }
    let last = house.jonas().get("bookings?limit=5").await.ok(200);
    assert_eq!(last["next_cursor"], json!(null));

    // What shares an instant with the time asked for.
    let (from, to) = (at(&house.app, 150), at(&house.app, 180));
    let path = format!("bookings?from={from}&to={to}");
    assert_eq!(
        ids(&house.mara().get(&path).await.ok(200)),
        Vec::<String>::new()
    );
    let (from, to) = (at(&house.app, 149), at(&house.app, 181));
    let path = format!("bookings?from={from}&to={to}");
    assert_eq!(ids(&house.mara().get(&path).await.ok(200)), expected[1..3]);
    let reversed = format!("bookings?from={to}&to={from}");
    house.mara().get(&reversed).await.ok(200);

    let of_room = |id: &str| format!("bookings?room_id={id}&");
    let path = of_room(&house.room.id.to_string());
    assert_eq!(all(&house.mara(), &path, 2).await, expected);
    let path = of_room(&second.id.to_string());
    assert_eq!(all(&house.mara(), &path, 2).await, Vec::<String>::new());

    // What is cancelled stays in the list.
    let cancel = format!("bookings/{}/cancellation", expected[0]);
    house.mara().post(&cancel, &json!({})).await.ok(200);
    assert_eq!(all(&house.mara(), "bookings?", 50).await, expected);
}

#[tokio::test]
async fn a_bad_query_is_named_by_its_parameter() {
    let house = House::new().await;
    for (query, name) in [
        ("limit=0", "limit"),
        ("limit=501", "limit"),
        ("limit=-1", "limit"),
        ("limit=many", "limit"),
        ("limit=", "limit"),
        ("limit=99999999999999999999", "limit"),
        ("limit=5&limit=6", "limit"),
        ("cursor=nonsense", "cursor"),
        ("cursor=", "cursor"),
        ("from=yesterday", "from"),
        ("to=2026-12-01", "to"),
        ("to=2026-12-01T10:00:00", "to"),
        ("colour=blue", "colour"),
    ] {
        let problem = house
            .mara()
            .get(&format!("bookings?{query}"))
            .await
            .problem(422, "invalid");
        assert_eq!(pointers(&problem), [name], "{query}");
    }
    for room in ["rm_00000000000000000000000000000000", "nonsense", ""] {
        let answer = house.mara().get(&format!("bookings?room_id={room}")).await;
        answer.problem(404, "not-found");
    }
}

#[tokio::test]
async fn people_rooms_and_sites_come_in_pages_too() {
    let house = House::new().await;
    for name in ["Ines", "Ines", "Zoë"].iter().zip(["a", "b", "c"]) {
        let company = rooms_testkit::TestCompany {
            name: format!("{}.halden", name.1),
            ..house.company.clone()
        };
        house.app.officer(&company, name.0).await;
    }
    for n in 0..4 {
        house.app.room(&house.company, &format!("Room {n}")).await;
        house
            .app
            .site(&house.company, &format!("Site {n}"), "Asia/Tokyo")
            .await;
    }
    for (path, count) in [("people?", 6), ("rooms?", 5), ("sites?", 5)] {
        let whole = all(&house.jonas(), path, 500).await;
        assert_eq!(whole.len(), count, "{path}");
        assert_eq!(all(&house.jonas(), path, 2).await, whole, "{path}");
    }
    let people = house.jonas().get("people").await.ok(200);
    assert_eq!(
        people["items"][0],
        json!({
            "id": house.company.admin.id().to_string(),
            "name": "Ada Admin",
            "email": "admin@halden.example",
            "role": "admin",
            "state": "active",
        })
    );
}

#[tokio::test]
async fn free_rooms_have_all_that_is_wanted() {
    let house = House::new().await;
    let tokyo = house.app.site(&house.company, "Tokyo", "Asia/Tokyo").await;
    let make = |site: String, name: &str, capacity: i64, equipment: Value| json!({ "site_id": site, "name": name, "capacity": capacity, "equipment": equipment });
    let here = house.company.site.to_string();
    for body in [
        make(here.clone(), "Large", 20, json!(["screen", "whiteboard"])),
        make(tokyo.id.to_string(), "Far", 20, json!(["screen"])),
    ] {
        house.admin().post("rooms", &body).await.ok(201);
    }
    house.booked(1).await;
    let names = async |query: &str| {
        let (from, to) = (at(&house.app, 60), at(&house.app, 90));
        let path = format!("availability?from={from}&to={to}{query}");
        let page = house.jonas().get(&path).await.ok(200);
        let items = page["items"].as_array().unwrap().clone();
        items
            .iter()
            .map(|item| text(&item["name"]).to_owned())
            .collect::<Vec<_>>()
    };
    let mut both = names("").await;
    both.sort();
    assert_eq!(both, ["Far", "Large"]);
    assert_eq!(names(&format!("&site_id={here}")).await, ["Large"]);
    assert_eq!(
        names("&equipment=screen&equipment=whiteboard").await,
        ["Large"]
    );
    assert_eq!(names("&equipment=Screen,%20whiteboard").await, ["Large"]);
    assert_eq!(names("&equipment=piano").await, Vec::<String>::new());
    assert_eq!(names("&capacity=21").await, Vec::<String>::new());
    assert_eq!(names("&capacity=20&limit=1").await.len(), 1);

    let (from, to) = (at(&house.app, 90), at(&house.app, 120));
    let page = house
        .jonas()
        .get(&format!("availability?from={from}&to={to}"))
        .await
        .ok(200);
    assert_eq!(page["items"].as_array().unwrap().len(), 3);
    let small = &page["items"][0];
    assert_eq!(small["room_id"], house.room.id.to_string());
    assert_eq!(small["id"], small["room_id"]);
    let reversed = house
        .jonas()
        .get(&format!("availability?from={to}&to={from}"))
        .await
        .ok(200);
    assert_eq!(reversed["items"], json!([]));
}

#[tokio::test]
async fn availability_needs_to_know_when() {
    let house = House::new().await;
    let (from, to) = (at(&house.app, 60), at(&house.app, 90));
    for (query, names) in [
        (String::new(), vec!["from", "to"]),
        (format!("from={from}"), vec!["to"]),
        (format!("to={to}"), vec!["from"]),
        ("from=&to=".to_owned(), vec!["from", "to"]),
        (format!("from={from}&to={to}&capacity=0"), vec!["capacity"]),
        (
            format!("from={from}&to={to}&capacity=ten"),
            vec!["capacity"],
        ),
    ] {
        let answer = house.mara().get(&format!("availability?{query}")).await;
        assert_eq!(pointers(&answer.problem(422, "invalid")), names, "{query}");
    }
    let path = format!("availability?from={from}&to={to}&equipment=a%00b");
    house.mara().get(&path).await.problem(422, "invalid");
    let path = format!(
        "availability?from={from}&to={to}&site_id=si_{}",
        "0".repeat(32)
    );
    house.mara().get(&path).await.problem(404, "not-found");
}
