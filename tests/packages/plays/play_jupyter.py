import nbformat
from nbclient import NotebookClient

notebook = nbformat.read("1-first-payment.ipynb", as_version=4)
NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
said = str([cell.get("outputs") for cell in notebook.cells])
print(said)
assert "trade_state" in said
assert "¥1.00 (100 fen)" in said
print("shipped")
