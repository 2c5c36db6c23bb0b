using static PolyCopy.Modules.Simulator.World.Category;

namespace PolyCopy.Modules.Simulator.World;

/// <summary>The Yes/No questions. Append only: their order gives them their ids.</summary>
internal static class CatalogQuestions
{
    /// <summary>Only where markets of Protocol V2 are asked for.</summary>
    public static readonly Question ProtocolV2 = new(Crypto, "Will Protocol V2 carry most of the volume by {M1} {Y1}?", 0.45, 12, Liveliness: 1);

    public static readonly Question[] All =
    [
        // crypto
        new(Crypto, "Will Bitcoin hit a new all-time high by December 31, {Y1}?", 0.46, 12, Liveliness: 4),
        new(Crypto, "Will Ethereum flip Bitcoin by market cap before {Y1}?", 0.012, 12, 10),
        new(Crypto, "Will a spot Solana ETF hold more than $10B by {M1} {Y1}?", 0.31, 12, Liveliness: 0.5),
        new(Crypto, "Will Bitcoin dominance exceed 65% this year?", 0.22, 8),
        new(Crypto, "Will the Ethereum gas limit be raised again by {M1}?", 0.58, 2),
        new(Crypto, "Will a G20 central bank announce a Bitcoin reserve in {Y1}?", 0.07, 14, 10),
        new(Crypto, "Will Tether publish a full audit before {Y1}?", 0.18, 8),
        new(Crypto, "Will a top-10 exchange halt withdrawals this year?", 0.11, 8, 50),
        new(Crypto, "Will stablecoin supply pass $400B by {M1} {Y1}?", 0.52, 12, Liveliness: 0.4),
        new(Crypto, "Will XRP close above $5 in {Y1}?", 0.27, 14, Liveliness: 0.5),
        new(Crypto, "Will Dogecoin reach $1 before {Y1}?", 0.043, 8, 10),
        new(Crypto, "Will MicroStrategy sell any Bitcoin this year?", 0.15, 8),
        new(Crypto, "Will Hyperliquid be listed on a US exchange by {M1} {Y1}?", 0.39, 9),
        new(Crypto, "Will the next Bitcoin difficulty adjustment be positive?", 0.63, 1, 25, 0.3),
        new(Crypto, "Will a quantum computer break a 64-bit elliptic curve by {Y1}?", 0.02, 10, 10),

        // economy and finance
        new(Economy, "Will US GDP growth exceed 3% in the current quarter?", 0.34, 3),
        new(Economy, "Will the US enter a recession by the end of {Y1}?", 0.28, 14, Liveliness: 0.5),
        new(Economy, "Will euro area inflation fall below 2% in {M1}?", 0.57, 2),
        new(Economy, "Will the Bank of England cut rates at its next meeting?", 0.71, 2, 10, 0.4),
        new(Economy, "Will the Bank of Japan raise rates by {M1} {Y1}?", 0.44, 9),
        new(Economy, "Will Brent crude settle above $90 this quarter?", 0.19, 3, Liveliness: 0.4),
        new(Economy, "Will the US unemployment rate reach 5% in {Y1}?", 0.33, 14),
        new(Finance, "Will gold close above $5,000 by {M1} {Y1}?", 0.49, 9, Liveliness: 2),
        new(Finance, "Will the S&P 500 end the year higher than it began?", 0.77, 8, 10, 0.5),
        new(Finance, "Will Nvidia be worth more than $6T at the end of {M1}?", 0.36, 2, Liveliness: 0.5),
        new(Finance, "Will the dollar index fall below 90 this year?", 0.13, 8),
        new(Finance, "Will a US bank with over $50B in assets fail in {Y1}?", 0.06, 14, 10),
        new(Finance, "Will SpaceX file for an IPO by {M1} {Y1}?", 0.41, 9),
        new(Finance, "Will Tesla deliver more than 2 million vehicles in {Y1}?", 0.3, 14),

        // politics
        new(Politics, "Will the US government shut down before {M1}?", 0.24, 2, Liveliness: 0.5),
        new(Politics, "Will Congress pass permitting reform in {Y1}?", 0.29, 14),
        new(Politics, "Will the Senate confirm a new Supreme Court justice by {M1} {Y1}?", 0.17, 10),
        new(Politics, "Will turnout in the next UK local elections exceed 35%?", 0.42, 8),
        new(Politics, "Will the French parliament be dissolved again before {Y1}?", 0.21, 9),
        new(Politics, "Will Germany hold a snap election in {Y1}?", 0.09, 14, 50),
        new(Politics, "Will Canada introduce a digital services tax by {M1} {Y1}?", 0.14, 9),
        new(Politics, "Will Scotland hold an independence referendum by {Y1}?", 0.03, 12, 10),
        new(Politics, "Will Daylight Saving Time be abolished in the EU by {Y1}?", 0.05, 12, 10),
        new(Politics, "Will Puerto Rico become a state before {Y1}?", 0.008, 12, 1),
        new(Politics, "Will the US federal minimum wage rise in {Y1}?", 0.1, 14),
        new(Politics, "Will the Electoral College winner lose the popular vote next time?", 0.35, 26),
        new(Politics, "Will Japan's prime minister leave office by {M1} {Y1}?", 0.37, 9),
        new(Politics, "Will the next Polish parliament have more than five parties?", 0.66, 14),

        // geopolitics: no fees
        new(Geopolitics, "Will a ceasefire be in force on December 31, {Y}?", 0.55, 6, Liveliness: 2),
        new(Geopolitics, "Will Sweden raise defence spending above 3% of GDP in {Y1}?", 0.62, 14),
        new(Geopolitics, "Will a new country join NATO by {M1} {Y1}?", 0.04, 12, 10),
        new(Geopolitics, "Will Greenland hold an independence vote in {Y1}?", 0.06, 14, 10),
        new(Geopolitics, "Will Turkey join the EU customs union talks by {M1} {Y1}?", 0.2, 10),
        new(Geopolitics, "Will Serbia and Kosovo sign a treaty in {Y1}?", 0.08, 14),
        new(Geopolitics, "Will the Suez Canal close for more than 24 hours this year?", 0.07, 8),
        new(Geopolitics, "Will North Korea test a nuclear device in {Y1}?", 0.12, 14),
        new(Geopolitics, "Will the UN Security Council be enlarged by {Y1}?", 0.015, 12, 10),

        // technology and science
        new(Tech, "Will a model score above 95% on the ARC-AGI-3 benchmark by {M1} {Y1}?", 0.38, 9, Liveliness: 0.5),
        new(Tech, "Will Apple release a foldable phone in {Y1}?", 0.68, 14),
        new(Tech, "Will GPT-6 be released before {M1} {Y1}?", 0.47, 8, Liveliness: 2),
        new(Tech, "Will fully driverless taxis serve London by {M1} {Y1}?", 0.33, 10),
        new(Tech, "Will the EU AI Act be delayed again?", 0.53, 9),
        new(Tech, "Will a humanoid robot finish a marathon under four hours in {Y1}?", 0.26, 14),
        new(Tech, "Will Linux pass 6% of desktop users this year?", 0.4, 8),
        new(Tech, "Will Starship land on the Moon by {Y1}?", 0.05, 14, 10),
        new(Tech, "Will the James Webb telescope announce a biosignature in {Y1}?", 0.03, 14, 10),
        new(Tech, "Will a fusion plant deliver power to a grid before {Y1}?", 0.004, 12, 1),
        new(Tech, "Will room-temperature superconductivity be replicated in {Y1}?", 0.02, 14, 25),
        new(Tech, "Will Artemis III launch in {Y1}?", 0.16, 14),

        // culture
        new(Culture, "Will the next James Bond be announced by {M1} {Y1}?", 0.43, 9),
        new(Culture, "Will a streaming film win Best Picture in {Y1}?", 0.31, 12),
        new(Culture, "Will any film gross $2B worldwide in {Y1}?", 0.36, 14, Liveliness: 0.3),
        new(Culture, "Will a video game adaptation top the box office in {M1}?", 0.25, 2),
        new(Culture, "Will the Louvre sell more than 10 million tickets in {Y1}?", 0.22, 14),
        new(Culture, "Will GTA VI be delayed again?", 0.34, 8, Liveliness: 0.5),
        new(Culture, "Will a K-pop act headline Glastonbury in {Y1}?", 0.11, 8, 50),
        new(Culture, "Will the word of the year be an abbreviation?", 0.19, 4),
        new(Culture, "Will <script>alert(\"yes\")</script> & <b>bold titles</b> be the most shared meme of {M1}?", 0.17, 2),
        new(Culture, "Will \u202Eelgoog\u202C be named website of the year?\u200B '; DROP TABLE markets;--", 0.09, 6),

        // weather and science
        new(Weather, "Will {Y} be the hottest year on record?", 0.64, 6),
        new(Weather, "Will London see snow on Christmas Day?", 0.09, 3, 50),
        new(Weather, "Will Arctic sea ice set a record low in {Y1}?", 0.2, 14),
        new(Weather, "Will a category 5 hurricane make US landfall in {Y1}?", 0.12, 14),
        new(Weather, "Will New York's Central Park exceed 100F in {Y1}?", 0.27, 14),
        new(Weather, "Will El Nino be declared by {M1} {Y1}?", 0.51, 9, Liveliness: 0.3),
        new(Weather, "Will a magnitude 8 earthquake strike this year?", 0.44, 8),
        new(Weather, "Will Vesuvius erupt before {Y1}?", 0.003, 12, 1),

        // sport
        new(Sports, "Will the marathon world record fall in {Y1}?", 0.39, 14),
        new(Sports, "Will a debutant win the World Darts Championship?", 0.06, 4, 10),
        new(Sports, "Will the Ballon d'Or go to a defender in {Y1}?", 0.08, 14),
        new(Sports, "Will a Tour de France stage be cancelled in {Y1}?", 0.21, 14),
        new(Sports, "Will Wimbledon use electronic line calls only in {Y1}?", 0.93, 9),
        new(Sports, "Will any NBA team win 70 games this season?", 0.14, 7),
        new(Football, "Will the NFL season see a tie before the playoffs?", 0.59, 4),

        // long past their end date, and trading all the same (facts 1.3)
        new(Politics, "Will the boundary commission publish its report on time?", 0.45, -2),
        new(Economy, "Will the disputed third-quarter inventory figure be revised?", 0.37, -1),
        new(Tech, "Will the announced battery plant break ground by its deadline?", 0.52, -3, 1000),
        new(Geopolitics, "Will the border crossing reopen by the agreed date?", 0.3, -1),

        // over before the world began
        new(Crypto, "Will Bitcoin close last month above where it opened?", 0.99, -1, Won: 1),
        new(Economy, "Will the Fed change rates at its last meeting?", 0.01, -1, Won: 0),
        new(Sports, "Will the last Grand Prix be decided on the final lap?", 0.01, -1, Won: 0),
        new(Culture, "Will last month's top album be a debut?", 0.99, -1, Won: 1),
        new(Weather, "Will last month be wetter than average in Seattle?", 0.5, -1, Won: 0.5),
        new(Politics, "Will last month's by-election flip the seat?", 0.99, -1, Won: 1),
    ];
}
