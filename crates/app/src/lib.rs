//! What happens: the use cases and jobs of OneClickRooms.
