import { folded } from "./alphabet.ts";

/**
 * What the word before a number says of it.
 * phone: a number to call. place: somebody who can be called. fax: one that nobody wants to call. id: some other kind of number.
 * owner: of the customer, the member …, which says nothing by itself ("customer service: 944 …") but names an id beside "number".
 * number: "No.", "number": look at the word before.
 * join: "and", "or": does not count as a word. unit: what is counted, where it stands after the number.
 */
export type WordClass = "phone" | "place" | "fax" | "id" | "owner" | "number" | "join" | "other";

function wordsOf(text: string): Set<string> {
  return new Set(text.trim().split(/\s+/));
}

const phone = wordsOf(`
  p tel tels telf tlf tlfn tlfno tfno tfnos tfn tf tlfs telno telnr tfnr tln t ph phn phone phones telephone telephones mob mobile
  mobiles mobil m cell cellphone cel cell. handy natel gsm portable port movil moviles celular celulares cellulare cellulari
  telemovel tlm tlmv fon fone tele call calls calling dial dialing ring ringing text sms whatsapp wa hotline helpline helpdesk
  tollfree freephone freecall landline switchboard voice direct llame llama llamar llamen llamanos llamenos llamadme llamame
  llamando llamada llamadas llamad marque marcar marca marcando contacte centralita fijo razon telefonear telefonee appelez
  appeler appelle composez joindre standard rappeler vert chiama chiamare chiamaci chiamate chiami verde ligue ligar liga
  ligar-nos contacte-nos ramal ruf rufen rufnummer anrufen anruf anrufe ruft durchwahl zentrale servicehotline notruf notdienst
  bel bellen belt ringe vaxel puhelin puh mobiel mobilnummer handynummer cep komorka kom rufnr hivjon zavolejte volejte dzwon
  zadzwon sunati тел телефон телефоны телефону моб мобильный звоните звонить дзвоніть τηλ τηλεφωνο κινητο κιν טלפון טל נייד هاتف
  تليفون جوال موبايل contestador voicemail anrufbeantworter repondeur segreteria emergency urgencias urgence notfall sos recepcion
  reception rezeption accueil 電話 電話番号 携帯 携帯電話 フリータイヤル フリーダイヤル 电话 手机 联系电话 聯絡電話 手機 전화 전화번호 휴대폰 핸드폰 โทร โทรศัพท์ फोन
`);

/** Whoever is named so has a telephone, but may have other numbers too. */
const place = wordsOf(`
  contacto contactos contact contacts kontakt contatto contatti contato contactar administracion administration verwaltung
  amministrazione oficina oficinas office buro bureau ufficio escritorio kantoor taller workshop werkstatt garage officina tienda
  shop store laden magasin negozio loja winkel ventas sales vertrieb verkauf ventes vendite vendas verkoop soporte support
  assistance assistenza suporte informacion informaciones information informationen informations informazioni informacoes
  informatie info secretaria sekretariat secretariat segreteria gerencia direccion almacen lager warehouse entrepot casa home work
  trabajo service servicio servizio servico privat domicile despacho consulta clinica clinic praxis cabinet surgery ambulatorio
  hospital farmacia hotel restaurante restaurant ristorante bar reservas reservations reservierungen prenotazioni bookings citas
  termine rendez-vous appuntamenti appointments portero conserje gardien hausmeister manager director directora encargado
  responsable comercial guardia guard security seguridad asistencia interesados dudas preguntas questions fragen domande duvidas
  vragen ayuda help hilfe aide aiuto ajuda desk averias mantenimiento maintenance wartung postventa posventa sav prensa press
  presse stampa
`);

const fax = wordsOf(`
  fax faxes faxnummer faxnr faxno telefax telefaxnummer telefaks telecopie telecopieur telecopia faks f fx факс факса φαξ פקס فاكس
  ファックス ファクス 传真 傳真 팩스
`);

const id = wordsOf(`
  iban bic swift isbn issn ean gtin upc asin sku mpn imei imsi iccid vin uuid guid hash sha md5 doi pmid arxiv isin cusip cas ndc
  pzn ocr cif nif nie dni nifs vat tva iva piva ust ustid ustidnr uid ustidnummer steuernummer steuerid stnr siret siren rcs ape
  naf ice btw kvk kbo bce bsn bkr cnpj cpf cep cvr cpr nip regon pesel krs ico dic ssn ein itin tin abn acn tfn acnc bsb ird npi
  utr nino ni pps crn cui cnp cuit cuil cbu curp rfc clabe nss nit ruc rg rea cf cap nipc nib contribuinte adoszam kimlik tc uen
  gstin pan aadhaar ahv svnr fn hrb hra krsnr orgnr organisasjonsnummer personnummer fodselsnummer personalausweis ytunnus tunnus
  cedula cartao inn kpp ogrn edrpou afm инн огрн кпп снилс инд афм αφμ id ids pid oid gid userid user_id ref refs referencia
  referencias reference references referenz reference# referens referencja rif riferimento pedido orden order ordre ordernummer
  ordine encomenda bestellung bestell bestelling commande zamowienie objednavka tilaus comanda rendeles siparis заказ замовлення
  παραγγελια factura invoice invoices rechnung facture fattura fatura factuur faktura faktury lasku szamla albaran recibo receipt
  recu quittung beleg justificante comprobante nota tracking suivi seguimiento envio envios shipment shipping parcel paquete
  sendung sendungs paket colis spedizione verzending przesylki przesylka guia waybill awb consignment zasilka pnr localizador
  localizer booking reserva reservation reservierung prenotazione boeking confirmation confirmacion bestatigung bestatigungs code
  codes codigo cod code: codice kod kode koodi expediente expte exp dossier dossiernummer aktenzeichen az pratica processo proceso
  protocollo protocolo caso case cases ticket tickets incidencia incident issue docket file cuenta account accounts acct konto
  kontonr kontonummer compte conto conta rekening rekeningnummer cc ccc rib blz routing bankgiro plusgiro bg pg sort poliza policy
  police polizza versicherung claim contrato contract vertrag contrat contratto serie serial sn seriennummer serienummer matricula
  matricola lote lot batch charge losnummer lotto partida modelo model modell modele modello parte part parts pieza articulo
  article articolo artigo artikel art item producto product produkt produit prodotto catalog catalogue patent patents patente
  brevet version versions firmware build release rev revision commit licencia license licence licenca registro registration
  registered registry reg company charity tomo folio hoja transaccion transaction txn transazione transacao operacion operation
  session sesion process job timestamp unix epoch time zip postal postcode plz cp postleitzahl colegiado sanitario auftrag
  auftrags apartado caducidad tarjeta card visa mastercard amex kreditkarte carte carta medicare eircode flurstuck grundstuck
  parzelle permit permiso passport pasaporte reisepass matriculation chassis ldpr depot deposito poblacion population einwohner
  loto tirage sorteo primitiva bonoloto euromillones draw lottery tabla table valores values puntuacion score scores marcador
  resultado resultados capital presupuesto budget ingresos revenue acta clave contrasena password passcode pin otp passwort
  kennwort senha wachtwoord verificacion verification vorgang zahler contador contatore meter cups acte adherent adherente 利用者番号
  注文番号 注文 订单号 订单 身份证 快递 单号 주문번호 주문 numero-de-colis customerid clientid accountid orderid invoiceid trackingid transactionid
  memberid
`);

const owner = wordsOf(`
  cliente clientes client clients customer customers kunde kunden klant klanten kund member members socio socia socios abonado
  abonne abonnes usuario usuarios user users utilisateur benutzer mitglied mitglieds employee empleado patient paciente student
  proveedor supplier vendor lieferant parcela seguridad social securite nhs
`);

const number = wordsOf(`
  n no nr nro num numero numeros numer number numbers nummer nummern nº n° º ° # numéro nº. № номер αριθμος
`);

/** "My number", "nuestro número": nobody says so of an order. */
const ours = wordsOf(
  "mi mio mis my our mon notre meine mein meiner unsere unser meu nosso nuestro il-mio mijn onze ons min mitt mit var vart var",
);

const join = wordsOf(`
  ihr uw i su tu con with para for per por pour fur voor zu zum zur till to in im y e and or o u und oder et ou oppure eller lub
  nebo veya vagy sau tai bzw og och ja a или и ή και en of de du del des der den di da do dos das le la el los las les the al au
  aux an am auf unter on at is es est ist son sind are sus your votre ihre sein nuevo nueva new neue neuer nouveau nuovo novo nova
  nieuwe ny nya directo
`);

/** What is counted, weighed, paid or seen: after a number it says that the number is an amount. */
const units = wordsOf(`
  euro euros eur usd gbp chf dollar dollars dolares dollari pounds libras pesos reales zl pln kc czk kr sek nok dkk huf zł ft lei
  yen rub uah inr brl mxn people persons inhabitants residents habitantes habitants abitanti einwohner inwoners hab personas
  personen users usuarios utilisateurs nutzer views visitas vues aufrufe visualizaciones visualizzazioni reproducciones plays
  followers seguidores abonnes follower suscriptores subscribers subscriptores abonnenten iscritti inscritos impressions
  impresiones likes votes votos voix stimmen voti results resultados resultats ergebnisse risultati hits downloads descargas
  copies copias units unidades unites stuck pieces shares acciones aktien actions km kms m cm mm kg kgs g gr mg t tm tn tons
  toneladas tonnes l ml ha hectareas m2 m² m3 kwh mwh kw mw gb mb kb tb bytes byte bits bit ms ns px pt ghz mhz hz points puntos
  punkte percent millones millions millionen milioni miles thousand grams seconds segundos sekunden years anos jahre
`);

const cache = new Map<string, WordClass>();
const cacheLimit = 5000;

/** Notrufnummer, Servicenummer, vakttelefon: glued, and to be called all the same. */
const calledFor =
  "notfall|notruf|not|nood|service|kontakt|contact|info|auskunfts?|hotline|ruckruf|ruf|durchwahl|bereitschafts?|zentral|buro|mobiel?|handy|" +
  "whatsapp|privat|gratis|vakt|vagt|jour|spoed|06";
const germanicPhone = new RegExp(`^(?:${calledFor})-?(?:nummer|numer|nr)$|telefon$|telefoon$`);

/** Languages without spaces: what is in the clause decides. */
const clauses: [WordClass, RegExp][] = [
  ["fax", /传真|傳真|ファックス|ファクス|ファクシミリ|팩스/],
  ["phone", /电话|電話|手机|手機|热线|熱線|拨打|撥打|致电|致電|联系方式|携帯|ダイヤル|问合|問い?合|連絡先|전화|휴대폰|연락처|문의|핸드폰/],
  ["id", /订单|訂單|单号|單號|编号|番号|注文|身份证|快递|口座|郵便|사업자|주문|번호|계좌/],
];

function classify(word: string): WordClass {
  if (phone.has(word)) return "phone";
  if (fax.has(word)) return "fax";
  if (id.has(word)) return "id";
  if (number.has(word)) return "number";
  if (owner.has(word)) return "owner";
  if (join.has(word)) return "join";
  if (place.has(word)) return "place";
  if (/^(?:tele?ph?[oe]n|telef[oó]n|handynr|mobil(?:nr|tel|nummer)|mobiltelefon|phone)/.test(word)) return "phone";
  if (/^(?:tele)?fax|^telecop/.test(word)) return "fax";
  const clause = clauses.find(([, parts]) => parts.test(word));
  if (clause) return clause[0];
  if (germanicPhone.test(word)) return "phone";
  // Germanic languages glue them together: Kundennummer, Ordrenummer, Klantnummer, Bestell-Nr.
  if (/.(?:nummer|numer|nummern|number|nr)$/.test(word)) return "id";
  return "other";
}

/** `word` as it stands in the text, with or without dots ("N.I.F.", "Tel."). */
export function classOf(word: string): WordClass {
  const known = cache.get(word);
  if (known !== undefined) return known;
  const whole = folded(word);
  const bare = whole.replace(/[.'’]/g, "");
  let found = classify(bare);
  // "Fax.Tel": two words that a space was forgotten between. The nearer one counts.
  if (found === "other" && whole.includes(".")) {
    const last = whole.split(".").filter(Boolean).pop();
    if (last !== undefined && last.length > 1) found = classify(last);
  }
  if (cache.size >= cacheLimit) cache.clear();
  cache.set(word, found);
  return found;
}

export function isOurs(word: string): boolean {
  return ours.has(folded(word));
}

export function isUnit(word: string): boolean {
  return units.has(folded(word).replace(/\.$/, ""));
}
