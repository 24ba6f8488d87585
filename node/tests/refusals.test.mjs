// Each call of APIv2 and of the platforms, refused with each code that is documented; APIv3's are in refusals_v3.test.mjs.

import { asksForEvery, refusesEach } from './refusals.mjs'

asksForEvery()
refusesEach(({ api }) => api !== 'v3')
