/** The entry of the bundle: reads the Scene that the file carries and opens the explorer on it. */

import { openExplorer } from "./explorer/explorer";

void openExplorer(document.body);
