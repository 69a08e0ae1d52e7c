"""The commonest small words of each language, folded: what tells short messages apart. No cues, no weights."""

WORDS: dict[str, str] = {
    "en": "the, is, are, was, were, do, does, did, you, your, i, it, its, my, me, we, they, this, that, these, what, when, where, how,"
    " who, which, why, can, could, would, will, have, has, had, not, and, but, of, to, for, with, from, there, any, so, just, get, got,"
    " still, been, please, thanks, order, shop, love, sell, if, in, on, or, an, as, no, up, new, day, team, us, who's, what's, how's, good, best, again, sick, always, anyone, looks, like, wait, open, ship, about, at, by, too, never, our, out, all, be, don't, i'm, it's",
    "es": "el, los, las, una, unos, y, es, son, esta, estan, hay, muy, pero, para, con, por, del, al, lo, le, les, mi, mis, tu, su, se, que,"
    " como, cuando, donde, cuanto, cual, yo, ya, mas, sin, porque, hola, buenas, gracias, tienen, teneis, puedo, pedido, tienda, de, en, la,"
    " un, me, no, os, vuestra, vuestro, este, estos, eso, esto, hoy, nunca, siempre, usted, ustedes, buenos, tarjeta, aqui, tengo, haceis, sois, esas, esos, ese, esa, envios, envio, voy, vais, han, he, has, va, nos, ni, ver, precio, favor, porfa, o, quien, mejor",
    "pt": "o, os, as, um, uma, uns, umas, e, sao, esta, tem, nao, sim, mas, para, pra, pro, com, por, do, da, dos, das, no, na, nos, nas, ao,"
    " meu, minha, seu, sua, se, que, como, quando, onde, quanto, qual, eu, ja, mais, sem, porque, ola, oi, boa, bom, tarde, noite, dia,"
    " obrigado, obrigada, voces, vcs, voce, posso, pedido, encomenda, loja, de, em, a, isso, esse, essa, hoje, nunca, sempre, muito, aqui, abre, gostava, gostei, adorei, amei, envio, recomendo, coloca, cada, cobre, vez, preco, caro, lindo, e, ate, faz, fazem, tao, mau, bem, sou, foi, golpe, gente, atendimento, nota, me, menor, ne",
    "fr": "le, les, des, un, une, et, est, sont, ai, a, ont, pas, mais, pour, avec, par, du, au, aux, mon, ma, mes, ton, votre, vos, se, que, qui,"
    " quoi, comment, quand, ou, combien, quel, quelle, je, j, tu, il, elle, on, nous, vous, ils, deja, plus, sans, bonjour, merci, c, d, l, qu,"
    " n, s, de, en, la, ce, ca, cette, ces, chez, commande, boutique, tres, trop, jamais, toujours, y, dans, sur, tout, bien, fait, svp, coucou, joyeux, anniversaire, bonne, bon, encore, moi, toi, y, suis, etes, faites, avez, team, meme, voila, quel, vivement",
    "de": "der, die, das, den, dem, des, ein, eine, einen, einem, einer, und, ist, sind, war, hat, habe, haben, nicht, kein, keine, aber, fur, mit,"
    " von, vom, zum, zur, im, in, am, an, auf, bei, aus, nach, ich, du, er, sie, es, wir, ihr, mir, mich, mein, meine, euch, euer, eure, wie,"
    " was, wann, wo, warum, welche, kann, konnt, gibt, gibts, auch, noch, schon, nur, bitte, danke, bestellung, laden, so, sehr, immer, nie, man, als, oder, wenn, mal, ja, nein, hier, dann, war, wird, werden, macht, geht, heute, guten, schone, mehr, uns, unser",
    "it": "il, lo, gli, le, un, una, uno, e, sono, sei, ha, ho, hanno, non, ma, per, con, da, del, della, dei, delle, di, al, alla, nel, nella, mio,"
    " mia, tuo, suo, vostro, vostra, si, che, come, quando, dove, quanto, quale, io, gia, piu, senza, perche, ciao, buongiorno, grazie, avete,"
    " posso, ordine, negozio, in, la, i, c, questo, questa, oggi, mai, sempre, molto, anche, siete, fate, ci, mi, vi, qui, sul, da, ma, se, o, sia, cosa, tutto, tutti, bello, bella, buon, buona, ancora, solo, proprio, meglio, prima, dal, sono, era, ne",
    "nl": "de, het, een, en, is, zijn, niet, geen, maar, voor, met, van, op, bij, naar, ik, je, jij, hij, zij, wij, jullie, mijn, uw, hoe, wat,"
    " wanneer, waar, waarom, welke, kan, kunnen, heeft, hebben, ook, nog, al, alleen, graag, bestelling, winkel, zo, heel, altijd, nooit, dit, dat, er",
}
