# SPDX-License-Identifier: MIT
# ---- hakmem block ----

def waits_in(library, slab, block):
    """Where a free block is; None: nowhere, it is in use."""
    if block in slab.purged_blocks():
        return "in its slab, on pages that went back to the system"
    if block in slab.listed():
        return "in its slab"
    for heap in library.heaps():
        if block in cached(heap, slab.bin):
            return "in the FastCache of " + name_of(heap)
        if block in spare(library, heap, slab.bin):
            return "in the SLL of " + name_of(heap)
        if block in incoming(library, heap, slab.bin):
            return "in the inbox of " + name_of(heap)
        if any(block == b for _, b in outgoing(library, heap)):
            return "in the outbox of " + name_of(heap)
    return None


def sample_of(library, block):
    table = library.value("table")
    if not table:
        return None
    places = 1 << int(library.value("bits"))
    size = table.type.target().sizeof
    first = next(f.bitpos for f in table.type.target().fields() if f.name == "block") // 8
    at = words(int(table), places * size // 8)[first // 8::size // 8]
    found = [i for i, b in enumerate(at) if b == block]
    return table[found[0]] if found else None


def show_site(library, block):
    sample = sample_of(library, block)
    if sample is None:
        return
    site = sample["site"]
    if not site:
        print("  It is a sample, but in no profile.")
        return
    print("  It is a sample of the profile, allocated in")
    for pc in words(int(site["pc"].address), int(site["depth"])):
        name = gdb.execute("info symbol %d" % pc, to_string=True).split(" in section")[0]
        line = gdb.find_pc_line(pc)
        where = " at %s:%d" % (line.symtab.filename, line.line) if line.symtab else ""
        print("    0x%x %s%s" % (pc, name.strip(), where))


def say_inside(address, base):
    print("  It begins at 0x%x, %d bytes before 0x%x." % (base, address - base, address))


def show_slab_block(library, slab, address):
    index = (address - slab.base) // slab.block
    block = slab.base + index * slab.block
    kind = "%d bytes, bin %d (%s)" % (slab.usable, slab.bin, class_name(library, slab.bin))
    owner = name_of(gdb.Value(slab.owner).cast(library.pointer("heap")))
    if not slab.begins(block):
        print("0x%x: never handed out, in a slab of %s for blocks of %s." %
              (address, owner, kind))
        return
    where = waits_in(library, slab, block)
    print("0x%x: %s, %s, of %s%s." % (address, "free" if where else "a live block", kind,
                                      owner, ", " + where if where else ""))
    if block != address:
        say_inside(address, block)
    marked = library.number("FREE_CHECKS") and words(block, 2)[1] == block ^ library.mark
    if not where and marked:
        print("  But it has the mark of a free block: a thread that stopped inside the "
              "library may have it in hand.")
    if not where:
        show_site(library, block)


def show_whole(library, address, kind, base, size):
    print("0x%x: a live block, %d bytes, %s." % (address, size, kind))
    if base != address:
        say_inside(address, base)
    show_site(library, base)


def show_in_superslab(library, superslab, address):
    for _, slab in slabs_of(library, superslab):
        if slab.spans(address):
            if slab.large:
                show_whole(library, address, "Large", slab.base, slab.size)
            else:
                show_slab_block(library, slab, address)
            return
    print("0x%x: free memory of the Arena." % address)


def show_block(address):
    library = Library()
    supers, huge = Registry(library).split()
    for superslab in supers:
        base = int(superslab["base"])
        if base <= address < base + int(superslab["granules"]) * library.granule:
            show_in_superslab(library, superslab, address)
            return
    for mapping in huge:
        base, size = int(mapping["base"]), int(mapping["usable"])
        if base <= address < base + size:
            show_whole(library, address, "Huge", base, size)
            return
    print("0x%x: no block of libhakmem." % address)


# ---- hakmem heap ----

HEADINGS = ("bin", "class", "bytes", "slabs", "used", "FastCache", "SLL", "inbox")


def bin_row(library, heap, number):
    bin_ = heap["bin"][number]
    waiting = [len(cached(heap, number)), int(bin_["sll_count"]),
               int(heap["inbox"]["head"][number]) >> 48]
    used = int(bin_["out"]) - sum(waiting)
    return [int(bin_["slabs"]), used] + waiting


def show_heap(library, heap):
    print("%s: %s, %d bytes in slabs" % (
        name_of(heap), "of a thread" if heap["holder"] else "without a thread",
        int(heap["held_bytes"])))
    out = sum(1 for _ in outgoing(library, heap))
    if out:
        print("  %d blocks wait for other heaps" % out)
    used = 0
    for number in library.bins():
        row = bin_row(library, heap, number)
        if any(row):
            usable = int(library.classes[number]["usable"])
            used += row[1] * usable
            print("  %5d %6s %9d" % (number, class_name(library, number), usable) +
                  "".join(" %9d" % n for n in row))
    return used


def show_heaps():
    library, used, heaps = Library(), 0, 0
    print("  %5s %6s" % HEADINGS[:2] + "".join(" %9s" % h for h in HEADINGS[2:]))
    for heap in library.heaps():
        used += show_heap(library, heap)
        heaps += 1
    totals = library.value("stats_totals")
    print("all %d heaps: %d bytes used in slabs" % (heaps, used))
    print("Large: %d bytes; Huge: %d blocks, %d bytes mapped" % (
        int(totals["large"]), int(totals["huge_blocks"]), int(totals["huge_mapped"])))
