"""The notebooks of examples/ run to their end, and show what a person comes for."""

from __future__ import annotations

from pathlib import Path

import nbformat
import no_secret
import pytest
from conftest import ROOT
from nbclient import NotebookClient

NOTEBOOKS = sorted((ROOT / "examples/notebooks").glob("*.ipynb"))
#: What a reader of each comes for.
SHOWN = {
    "1-first-payment": ["¥1.00 (100 fen)", "prepay_id", "paySign", "<svg"],
    "2-refused-signature": ["签名错误", "key=***", "values were escaped for XML or HTML", "signed with another key"],
    "3-lost-notification": ["delivered", "not_paid", "<svg"],
    "4-apiv3": [
        "platform_keys",
        "paySign",
        "¥1.00 (100 fen)",
        "商户证书序列号有误",
        "serial number and private key do not belong together",
        "/v3/pay/transactions/out-trade-no/",
        "the body that was signed is other JSON text",
    ],
    "5-a-days-bill": ["REFUND", "<caption>BillRow</caption>", "image/png", "only_in_bill"],
}


def test_each_notebook_is_known() -> None:
    assert [path.stem for path in NOTEBOOKS] == sorted(SHOWN)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    # What a run leaves in the file changes with each run.
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in notebook.cells)
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    said = "\n".join(str(output.get("text") or output.get("data")) for output in outputs)
    assert not [word for word in SHOWN[path.stem] if word not in said], said
    assert no_secret.found(said) == []
