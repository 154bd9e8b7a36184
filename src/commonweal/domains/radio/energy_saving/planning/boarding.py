"""Baseband boards that sectors of a site share: they draw power while any of their layers is on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from commonweal.engines.radio.boards import Boards
from commonweal.engines.radio.sectors import Mode

if TYPE_CHECKING:
    from commonweal.domains.radio.network.grid import Grid
    from commonweal.engines.radio.sectors import Bools, Doubles, Layers, Modes


def boards_of(grid: Grid, board_w: float) -> Boards | None:
    """Return the boards of some sites; None if there are none, or they draw nothing.

    A board whose layers stand at two sites is left out: sites are planned apart.
    """
    site = np.unique(grid.sectors["site_id"].to_numpy(), return_inverse=True)[1]
    board = grid.board.astype(np.int64)
    n_boards = int(board.max(initial=-1)) + 1
    if not n_boards or not board_w:
        return None
    held = board >= 0
    sites = np.broadcast_to(site[:, None], board.shape)
    first, last = np.full(n_boards, site.max() + 1), np.full(n_boards, -1)
    np.minimum.at(first, board[held], sites[held])
    np.maximum.at(last, board[held], sites[held])
    of_one_site = np.append(first == last, False)
    return Boards(site, np.where(of_one_site[board], board, -1), np.full(n_boards, board_w))


def may_rest(boards: Boards, layers: Layers, known: Bools) -> Boards:
    """Return the boards of the planned sectors; those that some layer never lets rest are left out.

    Args:
        boards: Of all sectors.
        layers: Of all sectors.
        known: Which sectors are planned. Shape (sector,).
    """
    sleeps = layers.allowed[:, :, Mode.CARRIER_OFF :].any(axis=2) & known[:, None]
    rests = np.ones(boards.board_w.size + 1, np.bool_)
    rests[boards.board[layers.present & ~sleeps]] = False
    board = np.where(rests[boards.board], boards.board, -1)
    return Boards(boards.site[known], board[known], boards.board_w)


def board_wh(boards: Boards, layers: Layers, mode: Modes, slot_h: float) -> Doubles:
    """Return each sector's part of what boards draw: sectors on a board pay alike. Shape (sector,).

    Args:
        boards: Of these sectors.
        layers: What is present.
        mode: What layers do. Shape (sector, layer, slot).
        slot_h: Length of a slot.
    """
    held = layers.present & (boards.board >= 0)
    awake = mode[held] < Mode.CARRIER_OFF
    is_on = np.zeros((boards.board_w.size, mode.shape[2]), np.bool_)
    np.logical_or.at(is_on, boards.board[held], awake)
    drawn_wh = is_on.sum(axis=1) * boards.board_w * slot_h
    n_layers = np.bincount(boards.board[held], minlength=boards.board_w.size)
    share = drawn_wh / np.maximum(n_layers, 1)
    found = np.zeros(layers.present.shape)
    found[held] = share[boards.board[held]]
    return np.asarray(found.sum(axis=1))
