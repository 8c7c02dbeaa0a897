//! Stays: check in, move, stay longer or shorter, check out, and take that back.

use hefu_app::visit::{
    people::ChangePrimary,
    reprice::Reprice,
    share::Share,
    stay::{
        AddGuest, CheckIn, CheckOut, EarlyDeparture, Extend, MoveRoom, RemoveGuest, UndoCheckIn, UndoCheckOut,
    },
    swap::SwapRooms,
};

use super::visit_action;
use crate::route::{Routes, routes};

/// The group's routes.
pub fn routes<R: Routes>() -> R {
    R::new()
        .routes(routes!(check_in))
        .routes(routes!(undo_check_in))
        .routes(routes!(add_guest))
        .routes(routes!(remove_guest))
        .routes(routes!(share_room))
        .routes(routes!(move_room))
        .routes(routes!(swap_rooms))
        .routes(routes!(change_primary))
        .routes(routes!(reprice))
        .routes(routes!(extend))
        .routes(routes!(early_departure))
        .routes(routes!(check_out))
        .routes(routes!(undo_check_out))
}

visit_action!(
    check_in,
    "/api/v1/visits/{number}/check-in",
    CheckIn,
    "Check a room of the reservation in.",
    "stays"
);
visit_action!(
    undo_check_in,
    "/api/v1/visits/{number}/undo-check-in",
    UndoCheckIn,
    "Take a check-in back on the same business date.",
    "stays"
);
visit_action!(add_guest, "/api/v1/visits/{number}/add-guest", AddGuest, "Add a person to a stay.", "stays");
visit_action!(
    remove_guest,
    "/api/v1/visits/{number}/remove-guest",
    RemoveGuest,
    "Take a person out of a stay.",
    "stays"
);
visit_action!(
    share_room,
    "/api/v1/visits/{number}/share",
    Share,
    "Let somebody share the room with a stay of their own.",
    "stays"
);
visit_action!(
    move_room,
    "/api/v1/visits/{number}/move",
    MoveRoom,
    "Move to another room from the business date on.",
    "stays"
);
visit_action!(
    swap_rooms,
    "/api/v1/visits/{number}/swap",
    SwapRooms,
    "Swap two rooms that are lived in, or set aside.",
    "stays"
);
visit_action!(
    change_primary,
    "/api/v1/visits/{number}/primary-guest",
    ChangePrimary,
    "Register a stay to another guest.",
    "stays"
);
visit_action!(
    reprice,
    "/api/v1/visits/{number}/reprice",
    Reprice,
    "Agree another price or plan for nights that are not charged yet.",
    "stays"
);
visit_action!(
    extend,
    "/api/v1/visits/{number}/extend",
    Extend,
    "Stay longer, if the room can still be had.",
    "stays"
);
visit_action!(
    early_departure,
    "/api/v1/visits/{number}/early-departure",
    EarlyDeparture,
    "Leave earlier; the nights after are given back.",
    "stays"
);
visit_action!(
    check_out,
    "/api/v1/visits/{number}/check-out",
    CheckOut,
    "Check out, with the bill settled.",
    "stays"
);
visit_action!(
    undo_check_out,
    "/api/v1/visits/{number}/undo-check-out",
    UndoCheckOut,
    "Take a check-out back on the same business date.",
    "stays"
);
