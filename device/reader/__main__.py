"""`python -m device.reader --source SETTING [--reader NAME] | --images`: the child. By hand it shows what it says."""

from __future__ import annotations

import argparse
import os

from device.reader.readers import Reader
from device.reader.rights import forgo_early
from device.reader.source import parse_source


def main() -> None:
    """Give up rights first; only then load the libraries that look at pictures."""
    parser = argparse.ArgumentParser(prog="device.reader")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--source", help="camera:0, csi:0, file:PATH, socket:/path, http://…")
    what.add_argument(
        "--images", action="store_true", help="read picture files handed in on a socket at stdin"
    )
    parser.add_argument("--reader", choices=list(Reader), default=Reader.ZXING, help="which library reads")
    parser.add_argument("--parent", type=int, default=os.getppid(), help="process id to end with")
    options = parser.parse_args()
    forgo_early()
    if options.images:
        from device.reader import images_child

        images_child.run(options.parent)
    else:
        try:
            parse_source(options.source)
        except ValueError as wrong:
            parser.error(str(wrong))
        from device.reader import child, keeper

        look = child.looking(options.source, Reader(options.reader))
        keeper.keep(look, options.parent)


if __name__ == "__main__":
    main()
