// Each call of APIv3, refused with each code that is documented.

import { refusesEach } from './refusals.mjs'

refusesEach(({ api }) => api === 'v3')
