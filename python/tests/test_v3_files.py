"""Uploads and downloads of APIv3: blocking and with asyncio, at the emulator."""

from __future__ import annotations

import asyncio
import errno
import io
import os
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from conftest import Emulator

from wxpaykit import V3Media, new_out_trade_no
from wxpaykit.errors import InvalidRequest, SignatureError, WxPayError

ROOT = Path(__file__).resolve().parents[2]
Call = Callable[..., Any]
PNG = b"\x89PNG\r\n\x1a\n\xff\xfe--"
COUPON = "/v3/marketing/favor/media/image-upload"


def saved(pay: Any, url: str, to: Any, progress: Any = None, **hashed: str) -> Any:
    """Saves the file of a stream."""
    return pay.v3.download_stream(url, **hashed).save(to, progress=progress)


def blocking(emulator: Emulator) -> Call:
    def call(name: str, *arguments: Any, **options: Any) -> Any:
        with emulator.sync(**emulator.v3_settings) as pay:
            if name == "save":
                return saved(pay, *arguments, **options)
            return getattr(pay.v3, name)(*arguments, **options)

    return call


def awaited(emulator: Emulator) -> Call:
    async def run(name: str, arguments: Any, options: Any) -> Any:
        async with emulator.asyncio(**emulator.v3_settings) as pay:
            if name == "save":
                return await saved(pay, *arguments, **options)
            return await getattr(pay.v3, name)(*arguments, **options)

    return lambda name, *arguments, **options: asyncio.run(run(name, arguments, options))


@pytest.fixture(params=[blocking, awaited])
def call(request: pytest.FixtureRequest, emulator: Emulator) -> Call:
    made: Call = request.param(emulator)
    return made


def test_a_file_is_a_path_bytes_or_something_readable(call: Call, tmp_path: Path) -> None:
    path = tmp_path / "执照.png"
    path.write_bytes(PNG)
    ids = set()
    pipe = io.BytesIO(PNG)
    with path.open("rb") as opened:
        for file, options in [
            (path, {}),
            (str(path), {"filename": "licence.jpg"}),
            (PNG, {"filename": "licence.png"}),
            (bytearray(PNG), {"filename": "licence.bmp"}),
            (memoryview(PNG), {"filename": "video.MP4"}),
            (opened, {}),
            (io.BytesIO(PNG), {"filename": "a.pdf"}),
            # Werkzeug and Starlette have filename, Django has name.
            (SimpleNamespace(read=io.BytesIO(PNG).read, filename="upload.png", name="field"), {}),
            # In pieces, as a pipe is read.
            (SimpleNamespace(read=lambda size: pipe.read(min(size, 7)), name="upload.png"), {}),
        ]:
            media = call("upload", file, **options)
            assert isinstance(media, V3Media)
            assert media.media_id is not None
            ids.add(media.media_id)
    assert len(ids) == 9
    image = call("upload", path, path=COUPON)
    assert (image.media_id, image.media_url.startswith("https://")) == (None, True)


def test_what_is_asynchronous_is_awaited(emulator: Emulator) -> None:
    class Upload:
        filename = "upload.png"

        def __init__(self) -> None:
            self.file = io.BytesIO(PNG)

        async def read(self, size: int) -> bytes:
            return self.file.read(min(size, 7))

    assert awaited(emulator)("upload", Upload()).media_id
    with pytest.raises(TypeError, match="AsyncWxPay"):
        blocking(emulator)("upload", Upload())


async def streamed() -> AsyncIterator[bytes]:
    yield PNG


def test_what_is_no_file_is_refused(call: Call, tmp_path: Path) -> None:
    text = io.StringIO("text")
    for file, options, field, words in [
        (PNG, {}, "filename", "is required"),
        (PNG, {"filename": "a.docx"}, "filename", "must end with .jpg"),
        (PNG, {"filename": "a.pdf", "path": COUPON}, "filename", "must end with .jpg, .bmp, .png, which"),
        (PNG, {"filename": "a.png", "path": "upload"}, "path", "must be a path of APIv3"),
        (PNG, {"filename": "a.png", "meta": {"x": None}}, "meta.x", "null"),
        (PNG, {"filename": "a.png", "meta": 1}, "meta", "must be"),
        (PNG, {"filename": 1}, "filename", "must be text"),
        (b"", {"filename": "a.png"}, "file", "is empty"),
        (bytes(5 * 1024 * 1024 + 1), {"filename": "a.png"}, "file", "takes at most 5242880"),
        (tmp_path / "none.png", {}, "file", "cannot be read"),
        (tmp_path, {"filename": "a.png"}, "file", "it is not a file"),
        (None, {"filename": "a.png"}, "file", "must be a path, bytes"),
        (1, {"filename": "a.png"}, "file", "must be a path, bytes"),
        ((piece for piece in (PNG,)), {"filename": "a.png"}, "file", r"must be a path, bytes.* not generator"),
        (streamed(), {"filename": "a.png"}, "file", r"must be a path, bytes.* not async_generator"),
        (text, {"filename": "a.png"}, "file", "open it in binary mode"),
        (SimpleNamespace(read=lambda size: 1), {"filename": "a.png"}, "file", "must be a path, bytes"),
        (SimpleNamespace(read=lambda: PNG), {"filename": "a.png"}, "file", "takes no number of bytes"),
        (SimpleNamespace(read=lambda size: bytes(size)), {"filename": "a.png"}, "file", "has more than 33554432"),
        (SimpleNamespace(read=lambda size: bytes(1 << 20)), {"filename": "a.png"}, "file", "has more than 33554432"),
    ]:
        with pytest.raises(InvalidRequest, match=words) as caught:
            call("upload", file, **options)
        assert caught.value.field == field, caught.value


def test_a_download_needs_both_parts_of_its_hash(call: Call, emulator: Emulator) -> None:
    url = f"{emulator.url}/v3/billdownload/file?token=1"
    for arguments, options, field in [
        ((url,), {"hash_type": "SHA1"}, "hash_value"),
        ((url,), {"hash_value": "1" * 40}, "hash_type"),
        ((url,), {"hash_type": "SHA1", "hash_value": "1"}, "hash_value"),
        ((url,), {"hash_type": "SM3", "hash_value": "1" * 64}, "hash_type"),
        (("https://evil.example/x",), {}, "download_url"),
        ((1,), {}, "download_url"),
    ]:
        with pytest.raises(InvalidRequest) as caught:
            call("download", *arguments, **options)
        assert caught.value.field == field, caught.value
    with pytest.raises(WxPayError, match="token已失效"):
        call("download", url)


def transferred(call: Call, emulator: Emulator, number: str) -> Any:
    """A transfer that the customer has."""
    made = call(
        "transfer",
        out_bill_no=number,
        transfer_scene_id="1000",
        openid=emulator.openid,
        transfer_amount=30,
        transfer_remark="新会员开通有礼",
        transfer_scene_report_infos=[
            {"info_type": "活动名称", "info_content": "新会员有礼"},
            {"info_type": "奖励说明", "info_content": "一等奖"},
        ],
    )
    emulator.post("/_emulator/transfer", {"out_bill_no": number})
    emulator.advance(2)
    return made


def test_the_receipt_of_a_transfer(call: Call, emulator: Emulator) -> None:
    number = new_out_trade_no("T")
    made = transferred(call, emulator, number)
    assert call("transfer_receipt", out_bill_no=number).state == "GENERATING"
    emulator.advance(2)
    found = call("transfer_receipt_query", transfer_bill_no=made.transfer_bill_no)
    # Its state is FINISHED: there is no new receipt under the other number.
    assert call("transfer_receipt", transfer_bill_no=made.transfer_bill_no).state == found.state == "FINISHED"
    pdf = call("download", found.download_url, hash_type=found.hash_type, hash_value=found.hash_value)
    assert isinstance(pdf, bytes)
    assert pdf.startswith(b"%PDF-")
    with pytest.raises(SignatureError, match="the file has") as caught:
        call("download", found.download_url, hash_type="SHA256", hash_value="0" * 64)
    assert caught.value.code == "file_hash_mismatch"
    for fields in [{}, {"out_bill_no": number, "transfer_bill_no": made.transfer_bill_no}]:
        with pytest.raises(InvalidRequest):
            call("transfer_receipt", **fields)


class Sized:
    """Writes few bytes at a time, as a file without a buffer may."""

    def __init__(self) -> None:
        self.data = b""

    def write(self, piece: bytes) -> int:
        self.data += piece[:100]
        return min(len(piece), 100)


class Later:
    """A file for asyncio."""

    def __init__(self) -> None:
        self.data = b""

    async def write(self, piece: bytes) -> int:
        self.data += piece
        return len(piece)


@pytest.fixture
def receipt(emulator: Emulator) -> Any:
    """The address and the hash of a receipt, and the receipt."""
    call, number = blocking(emulator), new_out_trade_no("T")
    transferred(call, emulator, number)
    call("transfer_receipt", out_bill_no=number)
    emulator.advance(2)
    found = call("transfer_receipt_query", out_bill_no=number)
    hashed = {"hash_type": found.hash_type, "hash_value": found.hash_value}
    return SimpleNamespace(url=found.download_url, hash=hashed, pdf=call("download", found.download_url), number=number)


def test_a_download_goes_to_a_path_or_a_file(call: Call, receipt: Any, tmp_path: Path) -> None:
    path = tmp_path / "receipt.pdf"
    path.write_bytes(b"the one of yesterday")
    assert call("download", receipt.url, **receipt.hash, to=path) is None
    assert path.read_bytes() == receipt.pdf
    call("download", receipt.url, to=str(tmp_path / "other.pdf"))
    with (tmp_path / "opened.pdf").open("wb") as opened:
        call("download", receipt.url, **receipt.hash, to=opened)
        assert not opened.closed
    memory, sized = io.BytesIO(), Sized()
    call("download", receipt.url, to=memory)
    call("download", receipt.url, to=sized)
    found = [(tmp_path / name).read_bytes() for name in ("other.pdf", "opened.pdf")]
    assert [*found, memory.getvalue(), sized.data] == [receipt.pdf] * 4
    # Nothing is left of a file that is not the right one.
    path.write_bytes(b"the one of yesterday")
    with pytest.raises(SignatureError) as caught:
        call("download", receipt.url, hash_type="SHA256", hash_value="0" * 64, to=path)
    assert caught.value.code == "file_hash_mismatch"
    with pytest.raises(WxPayError):
        call("download", receipt.url.replace("token=", "token=x"), to=path)
    assert path.read_bytes() == b"the one of yesterday"
    assert sorted(one.name for one in tmp_path.iterdir()) == ["opened.pdf", "other.pdf", "receipt.pdf"]


def test_where_a_file_cannot_go(call: Call, emulator: Emulator, tmp_path: Path) -> None:
    url = f"{emulator.url}/v3/billdownload/file?token=1"
    for to, words in [
        ("", "must not be empty"),
        ("a\0b", r"U\+0000"),
        ("a\ud800b", "must be the path of a file"),
        (io.StringIO(), "was opened as text"),
        (1, "must be a path, or something whose write"),
        (b"receipt.pdf", "must be a path, or something whose write"),
        (object(), "must be a path, or something whose write"),
    ]:
        with pytest.raises(InvalidRequest, match=words) as caught:
            call("download", url, to=to)
        assert caught.value.field == "to"
        with pytest.raises(InvalidRequest, match=words):
            call("save", url, to)
    with pytest.raises(FileNotFoundError):
        call("download", url, to=tmp_path / "none" / "a.pdf")
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_file_is_not_replaced(call: Call, receipt: Any, emulator: Emulator, tmp_path: Path) -> None:
    """Nothing is sent: the address has a token that the emulator does not know."""
    url = f"{emulator.url}/v3/billdownload/file?token=1"
    pipe, folder, device, linked = (tmp_path / name for name in ("pipe", "folder", "device", "linked.pdf"))
    os.mkfifo(pipe)
    folder.mkdir()
    device.symlink_to("/dev/null")
    stream = "is not a regular file: give an open stream"
    for to, words in [
        (folder, "is a folder, not a file: give the path of a file in it$"),
        (f"{folder}/", "is a folder, not a file: give the path of a file in it$"),
        ("", "must not be empty$"),
        (tmp_path / "a\0b", r"U\+0000"),
        (pipe, stream),
        (device, stream),
        # The first two may be a file of the shell's, which is not asked for.
        ("/dev/stdout", stream),
        ("/dev/fd/1", stream),
        ("/dev/null", stream),
    ]:
        for name, arguments in (("download", {"to": to}), ("save", {"to": to})):
            with pytest.raises(InvalidRequest, match=words) as caught:
                call(name, url, **arguments)
            assert caught.value.field == "to"
    assert pipe.is_fifo() and device.is_symlink() and Path("/dev/null").is_char_device()
    # A link to a file is replaced, and the file stays. So does what has the name of a part.
    mine, linked_part = tmp_path / "mine", tmp_path / "linked.pdf.part"
    mine.write_bytes(b"mine")
    linked.symlink_to(mine)
    linked_part.symlink_to(mine)
    call("download", receipt.url, to=linked)
    assert (mine.read_bytes(), linked.read_bytes()) == (b"mine", receipt.pdf)
    assert linked_part.is_symlink() and not linked.is_symlink()
    names = ["device", "folder", "linked.pdf", "linked.pdf.part", "mine", "pipe"]
    assert sorted(one.name for one in tmp_path.iterdir()) == names


@pytest.mark.parametrize("right_first", [True, False])
def test_two_that_are_saved_to_one_path(call: Call, receipt: Any, tmp_path: Path, right_first: bool) -> None:
    """They shared one part file: the first to end gave its name to the pieces of the other."""
    path = tmp_path / "receipt.pdf"
    wrong = {"hash_type": "SHA256", "hash_value": "0" * 64}
    first, second = (receipt.hash, wrong) if right_first else (wrong, receipt.hash)
    between: list[object] = []

    def begun(_: int) -> None:
        # In a thread, since a loop runs in this one.
        with ThreadPoolExecutor() as threads:
            between.append(threads.submit(call, "download", receipt.url, **second, to=path).exception())

    outer = None
    try:
        call("save", receipt.url, path, progress=begun, **first)
    except SignatureError as error:
        outer = error
    (inner,) = between
    right, refused = (outer, inner) if right_first else (inner, outer)
    assert right is None
    assert isinstance(refused, SignatureError) and refused.code == "file_hash_mismatch"
    assert path.read_bytes() == receipt.pdf
    assert list(tmp_path.iterdir()) == [path]


def test_the_pieces_of_a_file(emulator: Emulator, receipt: Any, tmp_path: Path) -> None:
    told: list[int] = []
    with emulator.sync(**emulator.v3_settings) as pay:
        file = pay.v3.download_stream(receipt.url, **receipt.hash)
        assert file.bytes_read == 0
        assert b"".join(file) == receipt.pdf
        assert file.bytes_read == len(receipt.pdf)
        assert str(len(receipt.pdf)) in repr(file)
        with pytest.raises(InvalidRequest, match="was read already"):
            next(iter(file))
        with pytest.raises(InvalidRequest, match="was read already"):
            file.save(tmp_path / "again.pdf")
        pay.v3.download_stream(receipt.url).save(tmp_path / "a.pdf", progress=told.append)
        assert (told[-1], told) == (len(receipt.pdf), sorted(told))
        # A loop that is left ends the download; a later look is an error, and not the end.
        other = pay.v3.download_stream(receipt.url, hash_type="SHA1", hash_value="0" * 40)
        with pytest.raises(SignatureError):
            list(other)
        for _ in pay.v3.download_stream(receipt.url):
            break

        def failing(piece: bytes) -> None:
            raise RuntimeError("the disk is full")

        with pytest.raises(RuntimeError, match="disk is full"):
            pay.v3.download(receipt.url, to=SimpleNamespace(write=failing))
        with pytest.raises(TypeError, match="AsyncWxPay"):
            pay.v3.download(receipt.url, to=Later())

    async def read() -> bytes:
        async with emulator.asyncio(**emulator.v3_settings) as pay:
            pieces = [piece async for piece in pay.v3.download_stream(receipt.url, **receipt.hash)]
            later = Later()
            await pay.v3.download(receipt.url, to=later)
            await pay.v3.download_stream(receipt.url).save(tmp_path / "b.pdf", progress=told.append)
            assert later.data == receipt.pdf
            return b"".join(pieces)

    assert asyncio.run(read()) == receipt.pdf
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a.pdf", "b.pdf"]


def test_no_payment_waits_for_files_that_are_read_slowly(emulator: Emulator, receipt: Any) -> None:
    settings: dict[str, Any] = {**emulator.v3_settings, "max_connections": 1, "timeout": 2}

    async def read() -> None:
        async with emulator.asyncio(**settings) as pay:
            files = [aiter(pay.v3.download_stream(receipt.url)) for _ in range(3)]
            for file in files:
                assert await anext(file)
            assert (await pay.v3.transfer_query(out_bill_no=receipt.number)).state == "SUCCESS"

    with emulator.sync(**settings) as pay:
        files = [iter(pay.v3.download_stream(receipt.url)) for _ in range(3)]
        for file in files:
            assert next(file)
        assert pay.v3.transfer_query(out_bill_no=receipt.number).state == "SUCCESS"
    asyncio.run(read())


def test_pieces_are_shared(emulator: Emulator, receipt: Any) -> None:
    """Each piece goes to one of those who ask at once."""

    async def main() -> list[bytes | None]:
        pieces = aiter(emulator.asyncio(**emulator.v3_settings).v3.download_stream(receipt.url, **receipt.hash))
        return await asyncio.gather(*(anext(pieces, None) for _ in range(4)))

    pieces = iter(emulator.sync(**emulator.v3_settings).v3.download_stream(receipt.url, **receipt.hash))
    with ThreadPoolExecutor(4) as threads:
        shared = list(threads.map(lambda _: next(pieces, None), range(4)))
    for found in (asyncio.run(main()), shared):
        assert b"".join(piece or b"" for piece in found) == receipt.pdf
        assert None in found


def test_a_read_after_an_error_is_never_the_end(emulator: Emulator, receipt: Any) -> None:
    wrong = {"hash_type": "SHA1", "hash_value": "0" * 40}
    lost = receipt.url.replace("token=", "token=x")
    with emulator.sync(**emulator.v3_settings) as pay:
        pieces = iter(pay.v3.download_stream(receipt.url, **wrong))
        assert next(pieces)
        for _ in range(3):
            with pytest.raises(SignatureError) as caught:
                next(pieces)
            assert caught.value.code == "file_hash_mismatch"
        pieces = iter(pay.v3.download_stream(lost))
        for _ in range(3):
            with pytest.raises(WxPayError):
                next(pieces)
        # The end is the end, and stays it.
        pieces = iter(pay.v3.download_stream(receipt.url, **receipt.hash))
        assert b"".join(pieces) == receipt.pdf
        assert [next(pieces, None), next(pieces, None)] == [None, None]

    async def read() -> None:
        async with emulator.asyncio(**emulator.v3_settings) as pay:
            pieces = aiter(pay.v3.download_stream(receipt.url, **wrong))
            assert await anext(pieces)
            for _ in range(3):
                with pytest.raises(SignatureError) as caught:
                    await anext(pieces)
                assert caught.value.code == "file_hash_mismatch"
            pieces = aiter(pay.v3.download_stream(lost))
            for _ in range(3):
                with pytest.raises(WxPayError):
                    await anext(pieces)
            pieces = aiter(pay.v3.download_stream(receipt.url, **receipt.hash))
            assert b"".join([piece async for piece in pieces]) == receipt.pdf
            with pytest.raises(StopAsyncIteration):
                await anext(pieces)
            # A piece that was given up may have arrived: what follows it must not look like a whole file.
            pieces = aiter(pay.v3.download_stream(receipt.url, **receipt.hash))
            assert await anext(pieces)
            given_up = asyncio.ensure_future(anext(pieces))
            await asyncio.sleep(0)
            given_up.cancel()
            with pytest.raises(asyncio.CancelledError):
                await given_up
            for _ in range(3):
                with pytest.raises(InvalidRequest, match="it was closed"):
                    await anext(pieces)

    asyncio.run(read())


class Counting(io.RawIOBase):
    """A file without a buffer, whose ``write`` returns these, and then a part of the piece each time."""

    def __init__(self, *returned: int | None) -> None:
        self.returned = list(returned)
        self.data = b""

    def write(self, piece: Any) -> int | None:
        if self.returned:
            return self.returned.pop(0)
        taken = bytes(piece)[: max(1, len(piece) // 2)]
        self.data += taken
        return len(taken)


@pytest.mark.parametrize("later", [False, True])
def test_no_byte_is_lost_of_a_file_without_a_buffer(emulator: Emulator, receipt: Any, later: bool) -> None:
    def into(file: Any) -> Any:
        """The file, or one whose ``write`` is a coroutine."""
        if not later:
            return file

        async def write(piece: bytes) -> Any:
            return file.write(piece)

        return SimpleNamespace(write=write)

    for call in [awaited(emulator)] if later else [blocking(emulator), awaited(emulator)]:
        for name in ("download", "save"):
            partly = Counting()
            call(name, receipt.url, to=into(partly))
            assert partly.data == receipt.pdf
            with pytest.raises(OSError, match=r"to: its write\(\) wrote nothing") as nothing:
                call(name, receipt.url, to=into(Counting(0)))
            assert nothing.value.errno == errno.EIO
            # A part, and then nothing.
            with pytest.raises(OSError, match="wrote nothing"):
                call(name, receipt.url, to=into(Counting(1, 0)))
            with pytest.raises(OSError, match="wrote nothing"):
                call(name, receipt.url, to=into(Counting(-1)))
            # Others return nothing where they took all of it.
            taken: list[bytes] = []
            call(name, receipt.url, to=into(SimpleNamespace(write=taken.append)))
            assert b"".join(taken) == receipt.pdf
            if not later:
                with pytest.raises(BlockingIOError, match="would block") as blocked:
                    call(name, receipt.url, to=Counting(None))
                assert blocked.value.errno == errno.EAGAIN


def test_a_pipe_that_is_full_is_an_error(emulator: Emulator, receipt: Any) -> None:
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    with open(reading, "rb"), open(writing, "wb", buffering=0) as pipe:
        while pipe.write(bytes(1 << 16)) is not None:
            pass
        with pytest.raises(BlockingIOError):
            blocking(emulator)("download", receipt.url, to=pipe)


def test_a_cancelled_download_leaves_nothing(emulator: Emulator, receipt: Any, tmp_path: Path) -> None:
    class Slow:
        async def write(self, piece: bytes) -> None:
            await asyncio.sleep(60)

    async def cancelled() -> None:
        async with emulator.asyncio(**emulator.v3_settings) as pay:
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(pay.v3.download(receipt.url, to=Slow()), 0.5)
            task = asyncio.ensure_future(pay.v3.download(receipt.url, to=tmp_path / "a.pdf"))
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(cancelled())
    assert list(tmp_path.iterdir()) == []


def test_the_code_of_the_document(emulator: Emulator, tmp_path: Path) -> None:
    names: dict[str, Any] = {}
    for block in (ROOT / "docs/apiv3.md").read_text(encoding="utf-8").split("```python\n")[1:]:
        exec(compile(block.split("```")[0], "docs/apiv3.md", "exec", dont_inherit=True), names)
    path = tmp_path / "licence.jpg"
    path.write_bytes(PNG)
    with emulator.sync(**emulator.v3_settings) as pay:
        assert names["licence"](pay, path)
        number = new_out_trade_no("T")
        transferred(blocking(emulator), emulator, number)
        assert names["receipt"](pay, number) is None
        emulator.advance(2)
        assert names["receipt"](pay, number).startswith(b"%PDF-")
        found = pay.v3.transfer_receipt_query(out_bill_no=number)
        names["receipt_to"](pay, found, tmp_path / "receipt.pdf")
        written = io.BytesIO()
        assert names["statement"](pay, found.download_url, written.write) == len(written.getvalue())
        assert (tmp_path / "receipt.pdf").read_bytes() == written.getvalue()
