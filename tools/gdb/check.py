# SPDX-License-Identifier: MIT
# ---- hakmem check ----

class Check:
    """Walks everything once.  A heap that a thread has locked is left out."""

    def __init__(self):
        self.library = Library()
        self.registry = Registry(self.library)
        self.heaps = {int(h): h for h in self.library.heaps()}
        self.locked = {a for a, h in self.heaps.items() if int(h["lock"]["state"])}
        self.waiting = {}  # block: where it waits
        self.slabs = []
        self.faults = 0
        self.large = 0

    def fault(self, text, *arguments):
        self.faults += 1
        print("FAULT: " + text % arguments)

    def run(self):
        for address in self.locked:
            print("%s is left out: a thread stopped in it." % name_of(self.heaps[address]))
        supers, huge = self.registry.split()
        for superslab in supers:
            self.look_at_superslab(superslab)
        for address in self.heaps.keys() - self.locked:
            self.look_at_heap(self.heaps[address])
        for slab in self.slabs:
            self.look_at_waiting(slab)
        self.look_at_totals(huge)
        print("%d heaps, %d slabs, %d free blocks and %d Huge blocks: %s" % (
            len(self.heaps), len(self.slabs), len(self.waiting), len(huge),
            "%d faults" % self.faults if self.faults else "no fault"))

    def look_at_superslab(self, superslab):
        base = int(superslab["base"])
        for granule, slab in slabs_of(self.library, superslab):
            at = base + granule * self.library.granule
            if slab.base != at or slab.granules == 0:
                self.fault("the run at 0x%x begins at 0x%x", at, slab.base)
            elif slab.large:
                self.large += slab.size
                self.look_at_words(slab, [self.library.number("WORD_LARGE")] +
                                   [0] * (slab.granules - 1))
            elif slab.owner not in self.heaps:
                self.fault("the slab at 0x%x has no heap", at)
            elif slab.owner not in self.locked:
                self.look_at_slab(slab)

    def look_at_words(self, slab, wanted):
        for i, want in enumerate(wanted):
            address = slab.base + i * self.library.granule
            word = self.registry.word(address)
            if word != want:
                self.fault("the registry has 0x%x for 0x%x, not 0x%x", word, address, want)

    def look_at_slab(self, slab):
        library = self.library
        self.slabs.append(slab)
        owner = int(self.heaps[slab.owner]["owner"])
        unit = library.symbol("fast_cache", gdb.SYMBOL_STRUCT_DOMAIN).type.sizeof
        word = owner << library.number("WORD_BIN_BITS") | slab.bin * unit
        self.look_at_words(slab, [word] * slab.granules)
        if not slab.first <= slab.carved <= slab.capacity:
            self.fault("the slab at 0x%x has %d blocks of %d", slab.base, slab.carved,
                       slab.capacity)
        if slab.has_bits and slab.purged & ~slab.free_bits:
            self.fault("the slab at 0x%x has purged blocks that are not free", slab.base)
        free, purged = slab.listed(), slab.purged_blocks()
        if slab.used + len(free) + len(purged) != slab.carved - slab.first:
            self.fault("the slab at 0x%x: %d used and %d free are not %d", slab.base,
                       slab.used, len(free) + len(purged), slab.carved - slab.first)
        where = "the slab at 0x%x" % slab.base
        self.wait(free, where, slab, not slab.has_bits)
        self.wait(purged, where, slab, False)

    def wait(self, blocks, where, slab, marked):
        """These are free, there; marked: each has the mark of a free block."""
        for block in blocks:
            if block in self.waiting:
                self.fault("0x%x waits in %s and in %s", block, self.waiting[block], where)
            self.waiting[block] = where
            if slab and not (slab.spans(block) and slab.begins(block)):
                self.fault("0x%x is no block of %s", block, where)
            elif (marked and self.library.number("FREE_CHECKS") and
                  words(block, 2)[1] != block ^ self.library.mark):
                self.fault("0x%x was written to after it was freed", block)

    def look_at_heap(self, heap):
        for number in self.library.bins():
            self.look_at_bin(heap, number)
        own = [s for s in self.slabs if s.owner == int(heap)]
        if sum(s.size for s in own) != int(heap["held_bytes"]):
            self.fault("%s has not the bytes of its slabs", name_of(heap))
        states = [self.library.number("SLAB_" + s) for s in ("SPARSE", "CURRENT")]
        if sum(s.sparse_bytes for s in own if s.state in states) != int(heap["sparse"]):
            self.fault("%s has not the sparse bytes of its slabs", name_of(heap))
        self.wait([b for _, b in outgoing(self.library, heap)],
                  "the outbox of " + name_of(heap), None, True)

    def look_at_bin(self, heap, number):
        bin_, name = heap["bin"][number], "bin %d of %s" % (number, name_of(heap))
        own = [s for s in self.slabs if s.owner == int(heap) and s.bin == number]
        current = self.library.number("SLAB_CURRENT")
        for what, counted, found in (
                ("slabs", int(bin_["slabs"]), len(own)),
                ("blocks out of its slabs", int(bin_["out"]), sum(s.used for s in own)),
                ("spare blocks", int(bin_["sll_count"]),
                 len(spare(self.library, heap, number))),
                ("current slab", int(bin_["current"]) and 1,
                 sum(s.state == current for s in own))):
            if counted != found:
                self.fault("%s has %d %s, and not %d", name, found, what, counted)
        self.wait(cached(heap, number), "the FastCache of " + name, None, False)
        self.wait(spare(self.library, heap, number), "the SLL of " + name, None, True)
        self.wait(incoming(self.library, heap, number), "the inbox of " + name, None, True)

    def look_at_waiting(self, slab):
        """What waits outside of a slab is out of it."""
        size = range(slab.base + slab.first * slab.block, slab.base + slab.carved * slab.block,
                     slab.block)
        here = "the slab at 0x%x" % slab.base
        outside = sum(self.waiting.get(b, here) != here for b in size)
        if outside > slab.used:
            self.fault("%s has %d used blocks, and %d wait elsewhere", here, slab.used, outside)

    def look_at_totals(self, huge):
        totals = self.library.value("stats_totals")
        if int(totals["large"]) != self.large:
            self.fault("Large blocks have %d bytes, and not %d", self.large,
                       int(totals["large"]))
        if int(totals["huge_blocks"]) != len(huge):
            self.fault("there are %d Huge blocks, and not %d", len(huge),
                       int(totals["huge_blocks"]))
        heaps = {int(h["owner"]) for h in self.heaps.values()}
        bits, first = (self.library.number(n) for n in ("WORD_BIN_BITS", "OWNER_FIRST_HEAP"))
        for address, word in self.registry.words_in_use():
            if word >> bits >= first and word >> bits not in heaps:
                self.fault("the registry has 0x%x for 0x%x, of no heap", word, address)


# ---- commands ----

class Hakmem(gdb.Command):
    """See into the memory of a program that uses libhakmem."""

    def __init__(self):
        super().__init__("hakmem", gdb.COMMAND_DATA, prefix=True)


def command(name, run, text):
    def invoke(self, argument, from_tty):
        run(argument)
    kind = type(name, (gdb.Command,), {"__doc__": text, "invoke": invoke})
    kind("hakmem " + name, gdb.COMMAND_DATA)


def block_command(argument):
    if not argument:
        raise gdb.GdbError("usage: hakmem block ADDRESS")
    show_block(int(gdb.parse_and_eval(argument)) & (1 << 64) - 1)


def bare(run):
    def invoke(argument):
        if argument:
            raise gdb.GdbError("This command takes no argument.")
        run()
    return invoke


Hakmem()
command("block", block_command, """Say what is at ADDRESS: hakmem block ADDRESS
A block in use or free, its size and heap, where a free one waits, and the calls that
allocated it if it is a sample of a profile.""")
command("heap", bare(show_heaps), """Show the heaps of all threads, bin by bin.
Used blocks are with the program; the others wait in caches.""")
command("check", bare(lambda: Check().run()), """Look for contradictions in the heaps.
A fault is memory that the program overwrote, or an error in the library; or a thread
stopped in the middle of a change.""")
