import { serve } from './orders.mjs';

// the ceiling: nothing behind it
serve(async () => undefined);
