// What pages do beyond forms and links: tables that sort, results that survive a lost
// connection, keys for the caller. Every page works without this file, only less comfortably.
(() => {
  "use strict";
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

  function say(text, next = "") {
    const live = $("#live");
    live.textContent = text;
    live.hidden = !text;
    if (!next) return;
    const link = document.createElement("a");
    link.href = next;
    link.textContent = "Next call";
    live.append(" ", link);
  }

  // Menu and theme ---------------------------------------------------------
  const dark = () =>
    (document.documentElement.dataset.theme ||
      (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";

  function nameTheme() {
    for (const button of $$("[data-theme-switch]")) button.textContent = dark() ? "Light mode" : "Dark mode";
  }

  document.addEventListener("click", (event) => {
    const target = event.target.closest("button, a");
    if (!target) return;
    if (target.matches("[data-menu]")) {
      const open = $("#way").classList.toggle("open");
      target.setAttribute("aria-expanded", String(open));
    } else if (target.matches("[data-theme-switch]")) {
      const theme = dark() ? "light" : "dark";
      localStorage.setItem("theme", theme);
      document.documentElement.dataset.theme = theme;
      nameTheme();
    } else if (target.matches("[data-back]") && history.length > 1) {
      event.preventDefault();
      history.back();
    } else if (target.matches("[data-fill]")) {
      const values = [target.dataset.value, target.dataset.value2];
      target.dataset.fill.split(" ").forEach((id, index) => {
        const field = document.getElementById(id);
        field.value = values[index];
        field.dispatchEvent(new Event("input", { bubbles: true }));
        field.focus();
      });
    } else if (target.matches("[data-tick-all]")) {
      const boxes = $$("input[type=checkbox][name=ids]", target.closest("form"));
      const tick = !boxes.every((box) => box.checked);
      for (const box of boxes) box.checked = tick;
    } else if (target.matches("[data-print]")) {
      print();
    }
  });

  document.addEventListener("submit", (event) => {
    if (event.target.getAttribute("action") === "/sign-out") sessionStorage.clear();
    const question = event.submitter?.dataset.confirm;
    if (question && !confirm(question)) event.preventDefault();
  });

  // Tables -----------------------------------------------------------------
  const valueOf = (row, index) => {
    const cell = row.cells[index];
    return cell?.dataset.value ?? cell?.querySelector("time")?.dateTime ?? cell?.textContent.trim() ?? "";
  };

  // What a table is filtered and sorted by stands in the address: it survives going back, a
  // reload and a table that is fetched anew, and can be sent to a colleague.
  const address = (box, what) => `${what}-${box.dataset.table.toLowerCase().replace(/\W+/g, "-")}`;
  const asked = (box, what) => new URLSearchParams(location.search).get(address(box, what)) ?? "";

  function note(box, what, value) {
    const params = new URLSearchParams(location.search);
    if (value) params.set(address(box, what), value);
    else params.delete(address(box, what));
    params.delete("said");
    history.replaceState(history.state, "", `${location.pathname}${params.size ? `?${params}` : ""}${location.hash}`);
  }

  function sortTable(table, index, header, ascending = header.getAttribute("aria-sort") !== "ascending") {
    for (const other of $$("th[aria-sort]", table)) other.removeAttribute("aria-sort");
    header.setAttribute("aria-sort", ascending ? "ascending" : "descending");
    const number = (text) => Number(text.replace(/[$,%\s]/g, ""));
    const compare = (a, b) => {
      const [x, y] = [valueOf(a, index), valueOf(b, index)];
      const [m, n] = [number(x), number(y)];
      const both = x !== "" && y !== "" && !Number.isNaN(m) && !Number.isNaN(n);
      return (both ? m - n : x.localeCompare(y)) * (ascending ? 1 : -1);
    };
    const body = table.tBodies[0];
    body.append(...[...body.rows].sort(compare));
  }

  // A cell that begins like a formula must stay text in a spreadsheet.
  const asCsv = (text) => {
    const safe = /^[=+@\t\r]|^-(?![\d.]+$)/.test(text) ? `'${text}` : text;
    return `"${safe.replaceAll('"', '""')}"`;
  };

  // A spreadsheet wants days as it reads them and numbers bare; what is not there stays empty.
  function bare(cell) {
    const text = cell.textContent.trim().replace(/\s+/g, " ");
    const isDay = /^\d{4}-\d\d-\d\d$/.test(cell.dataset.value ?? "");
    if (isDay && !cell.childElementCount) return cell.dataset.value;
    if (text === "–") return "";
    return /^-?\$?[\d,]+(\.\d+)?$/.test(text) ? text.replace(/[$,]/g, "") : text;
  }

  function exportTable(box, table) {
    const rows = [...table.tHead.rows, ...[...table.tBodies[0].rows].filter((row) => !row.hidden)];
    const lines = rows.map((row) =>
      [...row.cells].map((cell) => asCsv(bare(cell))).join(","),
    );
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob(["\ufeff" + lines.join("\r\n")], { type: "text/csv" }));
    link.download = `${box.dataset.table.toLowerCase().replace(/\W+/g, "-")}.csv`;
    link.click();
    URL.revokeObjectURL(link.href);
  }

  // On a phone a wide table is shown as a list: each cell then says its column itself. Being
  // shown otherwise would take from it that it is a table, so that is said, too.
  function nameCells(box, table) {
    const names = [...table.tHead.rows[0].cells].map((cell) => cell.textContent);
    const spills = table.scrollWidth > box.clientWidth + 1;
    if (names.length < 3 || (names.length === 3 && !spills)) return;
    box.classList.add("stacked");
    table.setAttribute("role", "table");
    for (const row of table.rows) row.setAttribute("role", "row");
    for (const row of table.tBodies[0].rows)
      [...row.cells].forEach((cell, index) => {
        cell.setAttribute("role", "cell");
        cell.dataset.label = names[index];
      });
  }

  function dressTable(box) {
    const table = $("table", box);
    if (box.dataset.dressed || !table) return;
    box.dataset.dressed = "yes";
    nameCells(box, table);
    if (table.tBodies[0].rows.length < 2) return;
    [...table.tHead.rows[0].cells].forEach((header, index) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = header.textContent;
      button.addEventListener("click", () => {
        sortTable(table, index, header);
        note(box, "sort", (header.getAttribute("aria-sort") === "ascending" ? "" : "-") + button.textContent);
      });
      header.replaceChildren(button);
      const sort = asked(box, "sort");
      if (sort.replace(/^-/, "") === button.textContent) sortTable(table, index, header, !sort.startsWith("-"));
    });
    if (table.tBodies[0].rows.length < 12 || "plain" in box.dataset) return;
    const tools = document.createElement("div");
    tools.className = "table-tools";
    const filter = document.createElement("input");
    filter.type = "search";
    filter.placeholder = "Filter";
    filter.setAttribute("aria-label", `Filter ${box.dataset.table}`);
    const shown = document.createElement("small");
    shown.setAttribute("role", "status");
    const narrow = () => {
      const wanted = filter.value.toLowerCase();
      const rows = [...table.tBodies[0].rows];
      for (const row of rows) row.hidden = !row.textContent.toLowerCase().includes(wanted);
      shown.textContent = wanted ? `${rows.filter((row) => !row.hidden).length} of ${rows.length}` : "";
    };
    filter.addEventListener("input", () => {
      narrow();
      note(box, "filter", filter.value);
    });
    filter.value = asked(box, "filter");
    narrow();
    const save = document.createElement("button");
    save.type = "button";
    save.className = "quiet small";
    save.textContent = "Export";
    save.addEventListener("click", () => exportTable(box, table));
    tools.append(filter, shown, save);
    box.prepend(tools);
  }

  // Forms: the button shows that something is under way, and a refusal leaves what was typed ---
  function busy(button, isBusy) {
    if (!button) return;
    button.disabled = isBusy;
    button.setAttribute("aria-busy", String(isBusy));
  }

  function refuse(form, sentence) {
    $(":scope > .problem", form)?.remove();
    const said = document.createElement("p");
    said.className = "problem";
    said.setAttribute("role", "alert");
    said.textContent = sentence;
    form.append(said);
    said.scrollIntoView({ block: "nearest" });
  }

  // Signed out meanwhile, or signed in anew in another tab: what was typed waits in this tab
  // until the same page is open again. Passwords and files do not.
  const TYPED = "pledgeline-typed";

  function keepTyped(form, fields) {
    const kept = [...fields].filter(
      ([name, value]) => typeof value === "string" && name !== "csrf" && !name.includes("password"),
    );
    const action = form.getAttribute("action");
    sessionStorage.setItem(TYPED, JSON.stringify({ path: location.pathname, action, kept }));
  }

  function bringBackTyped() {
    const typed = JSON.parse(sessionStorage.getItem(TYPED) ?? "null");
    if (!typed || typed.path !== location.pathname || !document.body.dataset.csrf) return;
    sessionStorage.removeItem(TYPED);
    const form = $$("form").find((one) => one.getAttribute("action") === typed.action);
    if (!form) return;
    for (const [name, value] of typed.kept)
      for (const field of $$(`[name="${CSS.escape(name)}"]:not(button)`, form))
        if (field.matches("[type=checkbox], [type=radio]")) field.checked ||= field.value === value;
        else field.value = value;
    refuse(form, "You had been signed out. What you typed is here again: send it once more.");
  }

  // Answers: an address to go to, a page to show in place, or a sentence that says why not.
  async function sendForm(form, button) {
    const fields = new FormData(form, button);
    const isFile = form.enctype === "multipart/form-data";
    busy(button, true);
    try {
      const answer = await fetch(button?.hasAttribute("formaction") ? button.formAction : form.action, {
        method: "POST",
        body: isFile ? fields : new URLSearchParams(fields),
        headers: { Accept: "application/json, text/html" },
      });
      if (answer.redirected) return location.assign(answer.url);
      const here = location.pathname + location.search;
      if (answer.status === 401) {
        keepTyped(form, fields);
        return location.assign(`/sign-in?next=${encodeURIComponent(here)}`);
      }
      if (answer.headers.get("content-type")?.includes("json")) {
        const said = (await answer.json()).detail || "That did not work.";
        if (answer.status === 403 && said.startsWith("This page is too old")) {
          keepTyped(form, fields);
          return location.reload();
        }
        refuse(form, said);
      } else {
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        $("#main").replaceWith($("#main", page));
        dress();
        $("#main").focus();
        scrollTo(0, 0);
      }
    } catch {
      refuse(form, "No connection: nothing was changed. Try again.");
    }
    busy(button, false);
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post" || !document.body.dataset.csrf) return;
    if (form.matches("form[data-result], [action='/sign-out'], .gate form")) return;
    event.preventDefault();
    sendForm(form, event.submitter);
  });

  // Results of calls: kept in this tab until the server has them -----------
  // Each result has a key of its own, made with the form; sent twice, it counts once.
  const WAITING = "pledgeline-waiting-result";

  const endings = () => $$("form[data-result] button");
  const keep = (kept) => sessionStorage.setItem(WAITING, JSON.stringify(kept));

  async function sendResult(kept) {
    const answer = await fetch(kept.action, {
      method: "POST",
      body: new URLSearchParams(kept.fields),
      headers: { Accept: "application/json", "X-CSRF-Token": document.body.dataset.csrf },
      redirect: "manual",
    });
    if (answer.status >= 500) throw new Error("later");
    return { status: answer.status, body: await answer.json().catch(() => ({})) };
  }

  async function deliver(kept, wait = 1000) {
    keep(kept);
    let answer;
    try {
      answer = await sendResult(kept);
    } catch {
      say("No connection. The result is kept here and goes out as soon as there is one.");
      setTimeout(() => deliver(kept, Math.min(wait * 2, 15000)), wait);
      return;
    }
    if (answer.status === 200) {
      sessionStorage.removeItem(WAITING);
      location.assign(answer.body.next || "/calls");
    } else if ((answer.status === 401 || answer.status === 403) && (kept.tries ?? 0) < 3) {
      keep({ ...kept, tries: (kept.tries ?? 0) + 1 }); // signed out meanwhile: goes out afterwards
      location.assign("/calls");
    } else {
      sessionStorage.removeItem(WAITING);
      // Gone meanwhile, in another tab or to somebody else: what was typed stays to be read.
      say(answer.body.detail || "The result was not accepted.", answer.status === 409 ? "/calls" : "");
      for (const button of endings()) busy(button, false);
    }
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || !form.matches("form[data-result]")) return;
    event.preventDefault();
    const fields = [...new FormData(form, event.submitter)].filter(([name]) => name !== "csrf");
    for (const button of endings()) button.disabled = true;
    event.submitter?.setAttribute("aria-busy", "true");
    deliver({ action: form.action, fields });
  });

  // Keys for the caller: a letter a disposition, shown on its button -------
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.matches("input:not([type=radio], [type=checkbox]), select, textarea")) {
      if (event.key === "Escape") event.target.blur();
      const ending = event.target.matches("input") && event.target.closest("[data-enter]");
      if (event.key === "Enter" && ending) {
        event.preventDefault();
        document.getElementById(ending.dataset.enter).click();
      }
      return;
    }
    const target = $(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`);
    if (target && !target.disabled) {
      event.preventDefault();
      if (target.matches("input, select, textarea")) target.focus();
      else target.click();
    }
  });

  // Files by drag and drop -------------------------------------------------
  function takeFiles(area) {
    if (area.dataset.dressed) return;
    area.dataset.dressed = "yes";
    for (const kind of ["dragenter", "dragover"])
      area.addEventListener(kind, (event) => {
        event.preventDefault();
        area.classList.add("over");
      });
    for (const kind of ["dragleave", "drop"])
      area.addEventListener(kind, () => area.classList.remove("over"));
    area.addEventListener("drop", (event) => {
      event.preventDefault();
      const input = $("input[type=file]", area);
      input.files = event.dataTransfer.files;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    });
  }

  function dress(root = document) {
    for (const box of $$("[data-table]", root)) dressTable(box);
    for (const area of $$(".drop", root)) takeFiles(area);
    nameTheme();
  }
  // What had the focus has it again in the part that was fetched anew: by its address, or its words.
  const nameOf = (element) => element.getAttribute("href") ?? element.textContent;
  const inside = (part) => $$("a, button, summary, [tabindex]", part);
  let held = "";
  document.addEventListener("htmx:beforeSwap", (event) => {
    const active = document.activeElement;
    held = inside(event.target).includes(active) ? nameOf(active) : "";
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    dress();
    if (held) inside(event.target).find((one) => nameOf(one) === held)?.focus({ preventScroll: true });
  });
  // A part of the page that is fetched anew must not take the field away in which somebody types.
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.target.contains(document.activeElement) && document.activeElement.matches("input, select"))
      event.preventDefault();
  });
  dress();
  bringBackTyped();
  const left = sessionStorage.getItem(WAITING);
  if (left && document.body.dataset.csrf) deliver(JSON.parse(left));
})();
