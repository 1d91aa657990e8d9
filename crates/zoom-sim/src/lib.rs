//! A Zoom that behaves: OAuth pages, REST, signed webhooks, faults and a console page.
