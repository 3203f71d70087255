/* What the page may ask of its worker. */
import { LEARNING } from "./learning.js";
import { MEASURING } from "./measuring.js";
import { READING } from "./reading.js";
import { TALKING } from "./talking.js";

export const CALLS = { ...READING, ...TALKING, ...LEARNING, ...MEASURING };
