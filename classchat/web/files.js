/** Shared files: those of others in the log. Loaded with the first of them. */

import { styled } from "./look.js";
import { drawFile } from "./pictures.js";

/** @import { Page } from "./page.js" */
/** @import { Message } from "./types.js" */

/**
 * Show the files of a page's log.
 *
 * @param {Page} page
 */
export async function showFiles(page) {
  await Promise.all([styled(), styled(new URL("./files.css", import.meta.url).href)]);
  page.sharing ??= new Files(page);
  for (const [message, { item }] of page.log.drawn) page.sharing.drew(message, item);
  page.log.resized();
}

/** What the page does with files. */
export class Files {
  /** @param {Page} page */
  constructor(page) {
    this.page = page;
  }

  /**
   * Show the file of a message in its row.
   *
   * @param {Message} message
   * @param {HTMLLIElement} item
   */
  drew(message, item) {
    drawFile(this.page.log, message, item);
  }
}
