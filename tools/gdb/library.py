# SPDX-License-Identifier: MIT
"""Commands of gdb for a program that runs, or ran, on libhakmem:

    hakmem block ADDRESS    what is there: a block, in use or free, and where it waits
    hakmem heap             the heaps of all threads, bin by bin
    hakmem check            looks for contradictions in what the library knows

gdb loads this file together with the library, if it is installed under the name that gdb
looks for.  Types, fields and constants come from the debug information of the library; no
layout is written down here.  Nothing in the process is called or changed.
"""

import os
import struct

import gdb

ADDRESS_MASK = (1 << 48) - 1


def read(address, size):
    return gdb.selected_inferior().read_memory(address, size).tobytes()


def numbers(data, kind):
    """Bytes of the process as numbers: kind I has 32 bits, Q has 64."""
    little = "little endian" in gdb.execute("show endian", to_string=True)
    count = len(data) // struct.calcsize("=" + kind)
    return struct.unpack("%s%d%s" % ("<" if little else ">", count, kind), data)


def words(address, count):
    return numbers(read(address, 8 * count), "Q")


def bits_of(number):
    return [i for i in range(64) if number >> i & 1]


class Library:
    """What the debug information says of the library, and the values in the process."""

    def __init__(self):
        if not gdb.selected_inferior().threads():
            raise gdb.GdbError("There is no process and no core.")
        self.objfile = self.find()
        self.check_mode()
        self.secret = self.value("secret")
        self.link = int(self.secret["link"])
        self.mark = int(self.secret["mark"])
        self.granule = 1 << self.number("GRANULE_SHIFT")
        self.classes = self.value("size_class_table")

    @staticmethod
    def find():
        bare = None
        for objfile in gdb.objfiles():
            if objfile.lookup_global_symbol("registry_window"):
                return objfile
            if os.path.basename(objfile.filename or "").startswith("libhakmem.so"):
                bare = objfile.filename
        if bare:
            raise gdb.GdbError("%s has no debug information: install libhakmem0-dbgsym "
                               "(Debian) or hakmem-debuginfo (Fedora)." % bare)
        raise gdb.GdbError("The program has no libhakmem.")

    def check_mode(self):
        if int(self.value("hardened_mode")) == self.number("HARDENED_ON"):
            raise gdb.GdbError("The program runs in hardened mode, whose blocks these "
                               "commands do not know.")
        if int(self.value("stats_totals")["disabled"]) != 0:
            raise gdb.GdbError("HAKMEM_DISABLE: the malloc of libc serves the program.")

    def symbol(self, name, *domain):
        found = (self.objfile.lookup_static_symbol(name, *domain) or
                 self.objfile.lookup_global_symbol(name, *domain))
        if not found:
            raise gdb.GdbError("%s has no %s: this file is of another version." %
                               (self.objfile.filename, name))
        return found

    def value(self, name):
        return self.symbol(name).value()

    def number(self, name):
        """Of a constant of an enum."""
        return int(self.value(name))

    def pointer(self, tag):
        return self.symbol(tag, gdb.SYMBOL_STRUCT_DOMAIN).type.pointer()

    def next(self, block, stored):
        return stored ^ self.link ^ block >> 12

    def chain(self, block, limit):
        """The free blocks from this one on; what follows a broken link is left out."""
        while block and limit > 0:
            yield block
            limit -= 1
            if block % 8 or block > ADDRESS_MASK:
                return
            block = self.next(block, words(block, 1)[0])

    def heaps(self):
        heap = self.value("heap_first")
        while heap:
            yield heap
            heap = heap["next"]

    def bins(self):
        return range(self.number("BIN_COUNT"))


class Registry:
    """Which memory is the library's: its words and units, as they are now."""

    def __init__(self, library):
        self.library = library
        self.unit_size = 1 << library.number("UNIT_SHIFT")
        self.parts = []  # (first address, words, units)
        window = library.value("registry_window")
        base = int(library.value("registry_place")["base"])
        self.add(base, window)
        root = library.value("root")
        reach = (ADDRESS_MASK + 1) // (root.type.range()[1] + 1)
        for i, leaf in enumerate(words(int(root.address), root.type.range()[1] + 1)):
            if leaf:
                self.add(i * reach, root[i].dereference())

    def add(self, base, part):
        word, unit = part["word"], part["unit"]
        self.parts.append((base, numbers(read(int(word.address), word.type.sizeof), "I"),
                           words(int(unit.address), unit.type.range()[1] + 1)))

    def word(self, address):
        """The Window comes first: where it is, the leaves have nothing."""
        for base, word, _ in self.parts:
            index = (address - base) // self.library.granule
            if 0 <= index < len(word):
                return word[index]
        return 0

    def units(self):
        """(address, descriptor) of each that has one."""
        for base, _, unit in self.parts:
            for i, descriptor in enumerate(unit):
                if descriptor:
                    yield base + i * self.unit_size, descriptor

    def words_in_use(self):
        for base, word, _ in self.parts:
            for i, w in enumerate(word):
                if w:
                    yield base + i * self.library.granule, w

    def split(self):
        """The descriptors: all SuperSlabs, all Huge mappings."""
        huge_word = self.library.number("WORD_HUGE")
        superslab = self.library.pointer("superslab")
        # By a function: hardened mode has another type of this name.
        mapping = self.library.symbol("mapping_descriptor").type.target()
        supers, huge = {}, {}
        for address, descriptor in self.units():
            granules = range(address, address + self.unit_size, self.library.granule)
            if any(self.word(a) == huge_word for a in granules):
                huge[descriptor] = gdb.Value(descriptor).cast(mapping)
            else:
                supers[descriptor] = gdb.Value(descriptor).cast(superslab)
        return list(supers.values()), list(huge.values())


class Slab:
    """A slab or a Large block."""

    def __init__(self, library, value):
        self.library = library
        self.value = value
        for name in ("base", "bin", "granules", "used", "carved", "free", "free_bits",
                     "purged", "owner", "state", "sparse_bytes"):
            setattr(self, name, int(value[name]))
        self.size = self.granules * library.granule
        self.large = self.bin == library.number("BIN_LARGE")
        if not self.large:
            row = library.classes[self.bin]
            self.block, self.usable = int(row["block"]), int(row["usable"])
            self.first, self.capacity = int(row["first"]), int(row["capacity"])
            self.has_bits = self.capacity <= 64

    def spans(self, address):
        return self.base <= address < self.base + self.size

    def begins(self, address):
        index, inside = divmod(address - self.base, self.block)
        return inside == 0 and self.first <= index < self.carved

    def purged_blocks(self):
        """The free blocks on pages that went back to the system."""
        if self.has_bits:
            return {self.base + i * self.block for i in bits_of(self.purged)}
        page, header, found = page_size(), self.block - self.usable, set()
        for i in range(self.first, self.carved):
            first, last = i * self.block - header, (i + 1) * self.block - 1
            if (self.purged >> first // page | self.purged >> last // page) & 1:
                found.add(self.base + i * self.block)
        return found

    def listed(self):
        """The others."""
        if self.has_bits:
            left = self.free_bits & ~self.purged
            return [self.base + i * self.block for i in bits_of(left)]
        return list(self.library.chain(self.free, self.capacity + 1))


def page_size():
    for line in gdb.execute("info auxv", to_string=True).splitlines():
        if " AT_PAGESZ " in line:
            return int(line.split()[-1])
    return 4096


def slabs_of(library, superslab):
    """Its runs; a granule that is in none, or is being purged, is passed over."""
    granule, count = 0, int(superslab["granules"])
    idle = int(superslab["free"]) | int(superslab["purging"])
    while granule < count:
        if idle >> granule & 1:
            granule += 1
            continue
        slab = Slab(library, superslab["slab"][superslab["head"][granule]])
        yield granule, slab
        granule += max(slab.granules, 1)


def cached(heap, number):
    """The blocks in a FastCache."""
    base = int(heap["bin"][number]["base"])
    count = (int(heap["front"]["cache"][number]["top"]) - base) // 8
    return words(base + 8, count) if count > 0 else ()


def spare(library, heap, number):
    """Those of the SLL."""
    bin_ = heap["bin"][number]
    return list(library.chain(int(bin_["sll"]), int(bin_["sll_count"]) + 1))


def incoming(library, heap, number):
    """Those that other threads freed."""
    head = int(heap["inbox"]["head"][number])
    return list(library.chain(head & ADDRESS_MASK, (head >> 48) + 1 if head else 0))


def outgoing(library, heap):
    """(registry word, block) of those that wait to go to another heap."""
    slots = heap["front"]["outbox"]["slot"]
    for i in range(slots.type.range()[1] + 1):
        count = int(slots[i]["limit"]) - int(slots[i]["room"])
        if count:
            for block in library.chain(int(slots[i]["head"]), count):
                yield int(slots[i]["word"]), block


def name_of(heap):
    return "heap %d" % int(heap["owner"])


def class_name(library, number):
    name = str(library.symbol("size_class_id", gdb.SYMBOL_STRUCT_DOMAIN).type.fields()[
        int(library.classes[number]["id"])].name)
    return name.replace("CLASS_", "")
