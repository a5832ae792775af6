"""The reconciliation, for whoever watches the demo."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from hil.reconcile import Reconciliation


def tell_result(console: Console, result: Reconciliation, seconds: float) -> None:
    """Say what each side has, and whether they agree."""
    console.print()
    console.print("[bold]照合 / reconciliation[/bold]")
    console.print(f"  緑のランプ / taps answered green        {result.green}")
    console.print(f"  受領済み / acknowledged to the bus      {result.acknowledged}")
    console.print(f"  役場の記録 / in the office's books      {result.central}")
    console.print(f"  乗車 / rides: バス bus {result.rides}, 役場 central {result.rides_central}")
    console.print(f"  運賃 / yen: バス decided {result.yen_decided:,}, 元帳 posted {result.yen_posted:,}")
    console.print(
        f"  手扱い / by hand: バス bus {result.by_hand}・{result.cash_by_hand:,} 円 yen, "
        f"役場 central {result.by_hand_central}・{result.cash_by_hand_posted:,} 円 yen"
    )
    if (bath := result.bath) is not None:
        console.print(
            f"  おふろ / bath: コード codes {bath.codes}, カード cards {bath.cards}, 取消 undone {bath.undone}, "
            f"ポイント points: 客 guests {bath.points_told}, 役場 central {bath.points_given}, "
            f"元帳 ledger {bath.points_posted}"
        )
    word = "[green]一致 / agree[/green]" if result.agree else "[red]不一致 / DISAGREE[/red]"
    console.print(f"  {word}  （{seconds:.0f} 秒 / s）")
